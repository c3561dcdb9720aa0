import * as p from "@cantrip/postcard";
import { PostcardError, type WireFormat } from "@cantrip/postcard";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { engines } from "./engines.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

const request = p.enumOf({
  Ping: null,
  Pong: p.unit,
  Move: [p.i16, p.i32],
  Name: p.string,
  Put: {
    id: p.usize,
    word: p.u64,
    delta: p.i64,
    tags: p.seq(p.option(p.u16)),
    blob: p.bytes,
    fixed: p.rawBytes(3),
    flags: p.array(p.bool, 2),
    ratio: p.f64,
    table: p.map(p.string, p.u8),
    level: p.unitEnum("Low", "High"),
  },
});
type Request = p.Infer<typeof request>;

const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.constant<Request>({ type: "Ping" }),
  fc.constant<Request>({ type: "Pong" }),
  fc.record({
    type: fc.constant("Move" as const),
    value: fc.tuple(fc.integer({ min: -32768, max: 32767 }), fc.integer()),
  }),
  fc.record({ type: fc.constant("Name" as const), value: fc.string({ unit: "binary" }) }),
  fc.record({
    type: fc.constant("Put" as const),
    id: fc.maxSafeNat(),
    word: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    delta: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    tags: fc.array(fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined })),
    blob: fc.uint8Array(),
    fixed: fc.uint8Array({ minLength: 3, maxLength: 3 }),
    flags: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
    ratio: fc.double({ noNaN: true }),
    table: fc
      .uniqueArray(fc.tuple(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 255 })), {
        selector: ([key]) => key,
      })
      .map((entries) => new Map(entries)),
    level: fc.constantFrom("Low" as const, "High" as const),
  }),
);

const formats: readonly WireFormat[] = ["0.7", "1"];
const runs = engines.flatMap((engine) => formats.map((format) => ({ ...engine, format })));

describe.each(runs)("codec, $engine, format $format", ({ engine, codec, format }) => {
  const coder = codec(request, { format });

  it("decodes what it encoded", () => {
    const report = new FuzzReport(`postcard ${engine} ${format}, round trips`);
    fc.assert(
      fc.property(requests, (value) => {
        const encoded = coder.encode(value);
        expect(coder.take(encoded)).toEqual({ value, end: encoded.length });
        expect(coder.size(value)).toBe(encoded.length);
        report.succeeded();
      }),
    );
    report.finish();
  });

  it("throws only PostcardError on damaged messages", () => {
    const report = new FuzzReport(`postcard ${engine} ${format}, damaged messages`);
    fc.assert(
      fc.property(
        requests,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
        rarely(fc.nat(), 8),
        (value, edits, cut) => {
          const bytes = coder.encode(value);
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          const input = cut === undefined ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
          const result = coder.safeDecode(input);
          if (result.ok) expect(coder.safeDecode(coder.encode(result.value)).ok).toBe(true);
          else expect(result.error).toBeInstanceOf(PostcardError);
          report.count(result.ok ? undefined : result.error.code);
        },
      ),
      { numRuns: 1000 },
    );
    report.finish();
  });

  it("throws only PostcardError on random bytes behind a valid tag", () => {
    const report = new FuzzReport(`postcard ${engine} ${format}, random bytes`);
    const tag = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(0, 1, 2, 2, 3, 4, 4) },
      fc.nat(255),
    );
    fc.assert(
      fc.property(tag, fc.uint8Array({ maxLength: 64 }), (first, rest) => {
        const result = coder.safeDecode(Uint8Array.of(first, ...rest));
        report.count(result.ok ? undefined : result.error.code);
      }),
      { numRuns: 1000 },
    );
    report.finish();
  });

  it("throws only PostcardError on values that do not fit", () => {
    const report = new FuzzReport(`postcard ${engine} ${format}, wrong values`);
    const wrong = codec<unknown>(request, { format });
    // A valid value of which one field is another one, or none.
    const field = fc.constantFrom(
      "id",
      "word",
      "delta",
      "tags",
      "blob",
      "fixed",
      "flags",
      "ratio",
      "table",
      "level",
      "value",
    );
    const strange = fc.oneof(
      fc.anything(),
      fc.constantFrom(
        -1,
        2 ** 53,
        0.5,
        -(2 ** 31) - 1,
        2n ** 64n,
        -(2n ** 63n) - 1n,
        "\ud800",
        [1, 2, 3],
      ),
      fc.constantFrom<unknown>(
        new Uint8Array(2),
        [true],
        [-1],
        new Map([[1, 2]]),
        [1, "x"],
        [40000, 0],
      ),
    );
    const changed = fc
      .tuple(requests, field, strange)
      .map(([value, name, other]) => (name in value ? { ...value, [name]: other } : value));
    fc.assert(
      fc.property(changed, (value) => {
        try {
          wrong.encode(value);
          report.succeeded();
        } catch (error) {
          expect(error).toBeInstanceOf(PostcardError);
          report.refused((error as PostcardError).code);
        }
      }),
      { numRuns: 1000 },
    );
    report.finish();
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom("Move", "Name", "Put", "X"), (value, type) => {
        for (const candidate of [value, { type, value }, { type, id: value }]) {
          try {
            wrong.encode(candidate);
          } catch (error) {
            expect(error).toBeInstanceOf(PostcardError);
          }
        }
      }),
    );
  });

  it("writes nothing outside its window", () => {
    const report = new FuzzReport(`postcard ${engine} ${format}, small windows`);
    fc.assert(
      fc.property(requests, fc.nat(40), (value, room) => {
        const page = new Uint8Array(64).fill(0xaa);
        try {
          coder.encodeInto(value, page.subarray(8, 8 + room));
          report.succeeded();
        } catch (error) {
          report.refused("SerializeBufferFull");
          expect(error).toMatchObject({ code: "SerializeBufferFull" });
        }
        expect(page.subarray(0, 8).every((byte) => byte === 0xaa)).toBe(true);
        expect(page.subarray(8 + room).every((byte) => byte === 0xaa)).toBe(true);
      }),
    );
    report.finish();
  });
});

describe("codec", () => {
  it("infers the values", () => {
    expectTypeOf<Extract<Request, { type: "Move" }>>().toEqualTypeOf<{
      readonly type: "Move";
      readonly value: readonly [number, number];
    }>();
    expectTypeOf<Extract<Request, { type: "Ping" | "Pong" }>["type"]>().toEqualTypeOf<
      "Ping" | "Pong"
    >();
  });

  it("says where a value is wrong", () => {
    const coder = p.codec(request, { format: "1" });
    const bytes = Uint8Array.of(4, 1, 1, 0, 2, 0, 7);
    const result = coder.safeDecode(bytes);
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: "DeserializeBadOption",
        offset: 6,
        path: ["Put", "tags", 1],
        message: "DeserializeBadOption at byte 6 in Put.tags.1: byte 7",
      },
    });
  });

  it("limits elements that take no bytes, in all of a message", () => {
    const coder = p.codec(p.seq(p.seq(p.unit)), { format: "1", limits: { maxZst: 10 } });
    expect(coder.decode(Uint8Array.of(2, 5, 5))[1]).toHaveLength(5);
    expect(coder.safeDecode(Uint8Array.of(2, 5, 6))).toMatchObject({
      error: { code: "SerdeDeCustom" },
    });
    expect(coder.safeDecode(Uint8Array.of(1, 255, 255, 255, 255, 127))).toMatchObject({
      ok: false,
    });
  });

  it("refuses a usize that a number cannot hold", () => {
    const coder = p.codec(p.usize, { format: "0.7" });
    const max = Uint8Array.of(255, 255, 255, 255, 255, 255, 31, 0);
    expect(coder.decode(max)).toBe(Number.MAX_SAFE_INTEGER);
    expect(coder.safeDecode(Uint8Array.of(0, 0, 0, 0, 0, 0, 32, 0)).ok).toBe(false);
  });

  it("refuses text with a lone surrogate and bad offsets", () => {
    const coder = p.codec(p.string, { format: "1" });
    expect(() => coder.encode("a\ud800")).toThrow(PostcardError);
    expect(() => coder.encode("\udc00")).toThrow(PostcardError);
    expect(() => coder.decode(new Uint8Array(4), -1)).toThrow(PostcardError);
    expect(() => coder.decode(new Uint8Array(4), 5)).toThrow(PostcardError);
    expect(() => coder.encodeInto("", new Uint8Array(4), 5)).toThrow(PostcardError);
  });

  it("copies owned bytes, and borrows others", () => {
    const both = p.codec(p.tuple([p.bytes, p.bytesOwned, p.rawBytes(1), p.rawBytesOwned(1)]), {
      format: "1",
    });
    const message = Buffer.from([1, 1, 1, 2, 3, 4]);
    const values = both.decode(message);
    message.fill(9);
    expect(values.map(([byte]) => byte)).toEqual([9, 2, 9, 4]);
  });

  it("refuses schemas that JavaScript would change", () => {
    expect(() => p.struct({ 1: p.u8 })).toThrow(TypeError);
    expect(() => p.struct({ ["__proto__"]: p.u8 })).toThrow(TypeError);
    expect(() => p.enumOf({ A: { type: p.u8 } })).toThrow(TypeError);
    expect(() => p.rawBytes(-1)).toThrow(TypeError);
  });
});

describe("UTF-8", () => {
  it("agrees with the host", () => {
    const report = new FuzzReport("UTF-8");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const encoded = p.encodeUtf8(text);
        expect(encoded).toEqual(new TextEncoder().encode(text));
        expect(p.decodeUtf8(encoded)).toBe(text);
        report.succeeded();
      }),
    );
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            0x41,
            0x80,
            0xbf,
            0xc0,
            0xc2,
            0xe0,
            0xed,
            0xef,
            0xf0,
            0xf4,
            0xf5,
            0x9f,
            0xa0,
          ),
          { maxLength: 2 },
        ),
        fc.string({ unit: "binary", maxLength: 2 }),
        (bytes, text) => {
          const list = [...new TextEncoder().encode(text), ...bytes];
          let expected: string | undefined;
          try {
            expected = strict.decode(Uint8Array.from(list));
          } catch {
            expected = undefined;
          }
          expect(p.decodeUtf8(Uint8Array.from(list))).toBe(expected);
          report.count(expected === undefined ? "malformed" : undefined);
        },
      ),
      { numRuns: 2000 },
    );
    report.finish();
  });
});
