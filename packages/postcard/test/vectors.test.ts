import { PostcardError, struct, tuple, u16, u8, string, type WireFormat } from "@cantrip/postcard";
import { describe, expect, it } from "vitest";
import { engines } from "./engines.ts";
import { exact, handy, hex, translateType, unhex, type Translated } from "./rust-schema.ts";
import { type Line, lines, outcome, type Verdict } from "./rust-vectors.ts";

const vectors = lines("vectors.ndjson");
const fuzz = lines("fuzz.ndjson");
const formats: readonly WireFormat[] = ["1", "0.7"];

function holdsUnsafeInteger(value: unknown): boolean {
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) <= 2 ** 64;
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(holdsUnsafeInteger);
}

describe.each(engines)("postcard against Rust, $engine", ({ codec }) => {
  function typesWith(scalars: typeof exact) {
    const ids = new Set(vectors.flatMap((line) => (line.kind === "vec" ? [line.type] : [])));
    const schemas = vectors.flatMap((line) =>
      line.kind === "type" ? [[line.id, line.schema] as const] : [],
    );
    const all = [...schemas, ...[...ids].map((id) => [id, undefined] as const)];
    const types = new Map<string, ReturnType<typeof withCodecs>>();
    for (const [id, schema] of all) {
      if (!types.has(id)) types.set(id, withCodecs(translateType(id, schema, scalars)));
    }
    return (id: string) => {
      const found = types.get(id);
      if (found === undefined) throw new Error(`no type ${id}`);
      return found;
    };
  }
  function withCodecs(translated: Translated) {
    return {
      translated,
      codecs: {
        "0.7": codec(translated.schema, { format: "0.7" }),
        "1": codec(translated.schema, { format: "1" }),
      },
    };
  }
  const exactType = typesWith(exact);
  const handyType = typesWith(handy);

  it("encodes and decodes every recorded value in both formats", () => {
    let checked = 0;
    for (const line of vectors) {
      if (line.kind !== "vec") continue;
      const { translated, codecs } = exactType(line.type);
      const value = translated.value(line.value);
      for (const format of formats) {
        const expected = format === "1" ? line.hex : line.hex07;
        const what = `${line.type} ${format} ${JSON.stringify(line.value)}`;
        const coder = codecs[format];
        expect(hex(coder.encode(value)), what).toBe(expected);
        expect(coder.size(value), what).toBe(expected.length / 2);
        const page = new Uint8Array(expected.length / 2 + 3);
        expect(coder.encodeInto(value, page, 2), what).toBe(page.length - 1);
        expect(hex(page), what).toBe(`0000${expected}00`);
        expect(coder.take(unhex(expected)), what).toEqual({ value, end: expected.length / 2 });
        checked += 1;
      }
    }
    expect(checked).toBe(2 * 1613);
  });

  it("encodes and decodes what numbers hold as numbers", () => {
    let checked = 0;
    for (const line of vectors) {
      if (line.kind !== "vec") continue;
      const { translated, codecs } = handyType(line.type);
      const value = translated.value(line.value);
      if (holdsUnsafeInteger(value)) continue;
      for (const format of formats) {
        const expected = format === "1" ? line.hex : line.hex07;
        expect(codecs[format].decode(unhex(expected)), line.type).toEqual(value);
        // The payload of a NaN is not kept.
        if (typeof value === "number" && Number.isNaN(value)) continue;
        expect(hex(codecs[format].encode(value)), line.type).toBe(expected);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(2500);
  });

  function checkVerdict(line: Line, format: WireFormat, verdict: Verdict): void {
    const input = unhex(line.in);
    const what = `${line.type} ${format} ${line.in}`;
    const { translated, codecs } = exactType(line.type);
    const expected =
      verdict.err === undefined
        ? { value: translated.value(verdict.ok), rest: verdict.rest }
        : { error: verdict.err };
    expect(outcome(codecs[format], input), what).toEqual(expected);
    const easy = handyType(line.type);
    const found = outcome(easy.codecs[format], input);
    if (verdict.err !== undefined) {
      // An integer that a number cannot hold may come before.
      if (!("error" in found && found.error === "SerdeDeCustom")) {
        expect(found, what).toEqual(expected);
      }
      return;
    }
    const value = easy.translated.value(verdict.ok);
    expect(found, what).toEqual(
      holdsUnsafeInteger(value) ? { error: "SerdeDeCustom" } : { value, rest: verdict.rest },
    );
  }

  it("gives Rust's verdict on malformed inputs", () => {
    const cases = vectors.filter((line) => line.kind === "de");
    expect(cases).toHaveLength(279);
    for (const line of cases) {
      checkVerdict(line, "1", line.v1);
      checkVerdict(line, "0.7", line.v07);
    }
  });

  it("gives Rust's verdict on random inputs", () => {
    expect(fuzz).toHaveLength(9285);
    for (const line of fuzz) checkVerdict(line, line.fmt, line.r);
  });

  it("leaves in a buffer that is too small what Rust leaves", () => {
    const coder = codec(tuple([u8, string, u16]), { format: "1" });
    const cases = vectors.filter((line) => line.kind === "full") as unknown as {
      cap: number;
      v1: string | Verdict;
      buf_after: string;
    }[];
    expect(cases).toHaveLength(12);
    for (const { cap, v1, buf_after: after } of cases) {
      const page = new Uint8Array(cap);
      if (typeof v1 === "string") {
        expect(coder.encodeInto([1, "hello", 300], page)).toBe(v1.length / 2);
      } else {
        expect(() => coder.encodeInto([1, "hello", 300], page)).toThrow(PostcardError);
      }
      expect(hex(page)).toBe(after);
    }
  });

  it("knows MaxSize", () => {
    let checked = 0;
    for (const line of vectors) {
      if (line.kind !== "type" || typeof line.max !== "number") continue;
      expect(exactType(line.id).codecs["1"].maxSize, line.id).toBe(line.max);
      expect(handyType(line.id).codecs["1"].maxSize, line.id).toBe(line.max);
      checked += 1;
    }
    expect(checked).toBe(30);
    expect(codec(struct({ name: string }), { format: "1" }).maxSize).toBeUndefined();
  });
});
