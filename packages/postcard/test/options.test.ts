import * as p from "@cantrip/postcard";
import { describe, expect, it } from "vitest";
import { engines } from "./engines.ts";
import { hex, unhex } from "./rust-schema.ts";

describe.each(engines)("options, $engine", ({ codec }) => {
  const codeOf = (coder: p.Codec<unknown>, input: string): string => {
    const result = coder.safeDecode(unhex(input));
    return result.ok ? "accepted" : result.error.code;
  };

  it("have no default format", () => {
    // @ts-expect-error: the format is missing
    expect(() => codec(p.u8, {})).toThrow(TypeError);
  });

  it("limit lengths", () => {
    const limits = { maxLen: 3 };
    const text = codec(p.string, { format: "1", limits });
    expect(text.decode(unhex("03616263"))).toBe("abc");
    expect(codeOf(text, "0461626364")).toBe("SerdeDeCustom");
    expect(text.encode("\u00e9a")).toHaveLength(4);
    expect(() => text.encode("\u00e9\u00e9")).toThrow(p.PostcardError);
    const list = codec(p.seq(p.u8), { format: "0.7", limits });
    expect(codeOf(list, "03010203")).toBe("accepted");
    expect(codeOf(list, "0401020304")).toBe("SerdeDeCustom");
    expect(() => list.encode([1, 2, 3, 4])).toThrow(p.PostcardError);
    const map = codec(p.map(p.u8, p.unit), { format: "1", limits });
    expect(codeOf(map, "0401020304")).toBe("SerdeDeCustom");
    const bytes = codec(p.bytes, { format: "1", limits });
    expect(() => bytes.encode(new Uint8Array(4))).toThrow(p.PostcardError);
    expect(codeOf(bytes, "0401020304")).toBe("SerdeDeCustom");
  });

  it("limit elements of bounded types", () => {
    const list = codec(p.seq(p.u8, 2), { format: "1" });
    expect(codeOf(list, "020102")).toBe("accepted");
    expect(codeOf(list, "03010203")).toBe("SerdeDeCustom");
    expect(() => list.encode([1, 2, 3])).toThrow(p.PostcardError);
    const text = codec(p.boundedString(2), { format: "1" });
    expect(codeOf(text, "03616263")).toBe("SerdeDeCustom");
    expect(() => text.encode("abc")).toThrow(p.PostcardError);
    expect(text.encode("ab")).toHaveLength(3);
    expect([list.maxSize, text.maxSize]).toEqual([3, 3]);
  });

  it("limit depth in both directions", () => {
    interface Nested {
      readonly inner: Nested | undefined;
    }
    const nested: p.Schema<Nested> = p.struct({ inner: p.option(p.lazy(() => nested)) });
    const deep = (depth: number): Nested =>
      depth === 0 ? { inner: undefined } : { inner: deep(depth - 1) };
    const coder = codec(nested, { format: "1", limits: { maxDepth: 5 } });
    expect(coder.decode(coder.encode(deep(5)))).toEqual(deep(5));
    expect(() => coder.encode(deep(6))).toThrow(p.PostcardError);
    expect(codeOf(coder, "01".repeat(6) + "00")).toBe("SerdeDeCustom");
    expect(codeOf(coder, "01".repeat(5) + "00")).toBe("accepted");
    const endless: { inner: Nested | undefined } = { inner: undefined };
    endless.inner = endless;
    expect(() => codec(nested, { format: "1" }).encode(endless)).toThrow(p.PostcardError);
    const unlimited = codec(nested, { format: "1", limits: { maxDepth: Infinity } });
    expect(codeOf(unlimited, "01".repeat(1_000_000))).toBe("SerdeDeCustom");
  });

  it("limit elements that take no bytes, in all of a message", () => {
    const coder = codec(p.seq(p.seq(p.unit)), { format: "1", limits: { maxZst: 10 } });
    expect(coder.decode(unhex("020505"))[1]).toHaveLength(5);
    expect(codeOf(coder, "020506")).toBe("SerdeDeCustom");
    expect(codeOf(codec(p.seq(p.unit), { format: "1" }), "ffffffffffffffffff01")).toBe(
      "SerdeDeCustom",
    );
  });

  it("refuse other forms than the canonical one", () => {
    const strict = { canonical: true };
    const cases: readonly (readonly [p.AnySchema, string, string])[] = [
      [p.u32, "05", "8500"],
      [p.string, "0161", "810061"],
      [p.char, "0161", "026162"],
      [p.map(p.u8, p.u8), "020102", "0301020102"],
      [p.unitEnum("A", "B"), "01", "8100"],
      [p.duration, "0101", "008094ebdc03"],
      [p.f32, "0000c07f", "0100c07f"],
    ];
    for (const [schema, good, bad] of cases) {
      const coder = codec(schema, { format: "1", strict });
      if (schema.node.type !== "map") expect(codeOf(coder, good)).toBe("accepted");
      expect(codeOf(codec(schema, { format: "1" }), bad)).toBe(
        schema.node.type === "map" ? "DeserializeUnexpectedEnd" : "accepted",
      );
      expect(codeOf(coder, bad)).not.toBe("accepted");
    }
    const twice = codec(p.map(p.u8, p.u8), { format: "1", strict });
    expect(codeOf(twice, "0201020103")).toBe("DeserializeBadEncoding");
    expect(codeOf(twice, "0201020203")).toBe("accepted");
  });

  it("refuse bytes that follow", () => {
    const coder = codec(p.u8, { format: "1", strict: { trailing: true } });
    expect(codeOf(coder, "01")).toBe("accepted");
    expect(coder.safeDecode(unhex("0102"))).toMatchObject({
      error: { code: "SerdeDeCustom", offset: 1 },
    });
    expect(coder.decode(unhex("0102"), 0, 1)).toBe(1);
  });

  it("know peers with words of 32 bits", () => {
    for (const format of ["1", "0.7"] as const) {
      const narrow = codec(p.usize, { format, wordBits: 32 });
      const wide = codec(p.usize, { format });
      expect(narrow.encode(0xffff_ffff)).toEqual(wide.encode(0xffff_ffff));
      expect(() => narrow.encode(2 ** 32)).toThrow(p.PostcardError);
      expect(codeOf(narrow, hex(wide.encode(2 ** 32)))).toBe("SerdeDeCustom");
      const signed = codec(p.isize, { format, wordBits: 32 });
      expect(signed.decode(signed.encode(-(2 ** 31)))).toBe(-(2 ** 31));
      expect(() => signed.encode(2 ** 31)).toThrow(p.PostcardError);
      const big = codec(p.tuple([p.usizeBig, p.isizeBig]), { format, wordBits: 32 });
      expect(big.decode(big.encode([2n ** 32n - 1n, -1n]))).toEqual([2n ** 32n - 1n, -1n]);
      expect(() => big.encode([2n ** 32n, 0n])).toThrow(p.PostcardError);
    }
    expect(codec(p.usize, { format: "1", wordBits: 32 }).maxSize).toBe(5);
    // A length has at most five bytes, of which 1.x refuses more than 32 bits and 0.7 drops them.
    const length = (format: p.WireFormat) => codec(p.bytes, { format, wordBits: 32 });
    expect(codeOf(length("1"), "818080808000")).toBe("DeserializeBadVarint");
    expect(codeOf(length("1"), "818080801061")).toBe("DeserializeBadVarint");
    expect(codeOf(length("0.7"), "818080801061")).toBe("accepted");
  });

  it("refuse what a number cannot hold", () => {
    expect(codeOf(codec(p.u64n, { format: "1" }), "80808080808080 10".replace(" ", ""))).toBe(
      "SerdeDeCustom",
    );
    expect(codec(p.u64n, { format: "1" }).decode(unhex("ffffffffffffff0f"))).toBe(2 ** 53 - 1);
    expect(codec(p.i64n, { format: "1" }).decode(unhex("03"))).toBe(-2);
    expect(codeOf(codec(p.i64n, { format: "0.7" }), "0000000000002000")).toBe("SerdeDeCustom");
  });

  it("take windows of a buffer", () => {
    const coder = codec(p.tuple([p.u8, p.u8]), { format: "1" });
    const page = unhex("0001020304");
    expect(coder.take(page, 1, 4)).toEqual({ value: [1, 2], end: 3 });
    expect(coder.safeDecode(page, 3, 4)).toMatchObject({
      error: { code: "DeserializeUnexpectedEnd", offset: 4, path: [1] },
    });
    for (const [offset, end] of [
      [0, 6],
      [3, 2],
      [0.5, 3],
      [-1, 2],
      [Number.NaN, 2],
    ] as const) {
      expect(() => coder.decode(page, offset, end)).toThrow(p.PostcardError);
      if (offset !== 0 && offset !== 3) {
        expect(() => coder.encodeInto([1, 2], page, offset)).toThrow(p.PostcardError);
      }
    }
  });

  it("survive a value that uses the codec while it is encoded", () => {
    const coder = codec(p.struct({ a: p.u8, b: p.bytesOwned }), { format: "1" });
    const sneaky = {
      a: 1,
      get b() {
        return coder.encode({ a: 2, b: new Uint8Array(1) });
      },
    };
    expect(hex(coder.encode(sneaky))).toBe("0103020100");
  });

  it("give messages of all sizes memory of their own", () => {
    const coder = codec(p.bytesOwned, { format: "1" });
    const sizes = [1, 100, 1000, 5000, 20_000, 3, 900, 900, 900, 9000, 70_000, 1, 2000, 300];
    const messages = sizes.map((size, index) => coder.encode(new Uint8Array(size).fill(index)));
    for (const [index, message] of messages.entries()) {
      const value = coder.decode(message);
      expect(value).toHaveLength(sizes[index] ?? 0);
      expect(value.every((byte) => byte === index)).toBe(true);
    }
    expect(sizes.map((size) => coder.size(new Uint8Array(size)))).toEqual(
      messages.map(({ length }) => length),
    );
  });
});

describe("Standard Schema", () => {
  it("checks values and says where they are wrong", () => {
    const schema = p.struct({ name: p.string, tags: p.seq(p.u8) });
    const { validate, version, vendor } = schema["~standard"];
    expect({ version, vendor }).toEqual({ version: 1, vendor: "postcard" });
    const value = { name: "a", tags: [1, 2] };
    expect(validate(value)).toEqual({ value });
    expect(validate({ name: "a", tags: [1, 300] })).toEqual({
      issues: [{ message: "expected u8, got number 300", path: ["tags", 1] }],
    });
    expect(validate(undefined)).toMatchObject({ issues: [{ path: [] }] });
  });
});
