import { readFileSync } from "node:fs";
import { codec, type Codec, type WireFormat } from "@cantrip/postcard";
import { describe, expect, it } from "vitest";
import { hex, translate, unhex, type Translated } from "./rust-schema.ts";

interface Verdict {
  readonly ok?: unknown;
  readonly rest?: number;
  readonly err?: string;
}
interface Line {
  readonly kind: string;
  readonly id: string;
  readonly type: string;
  readonly schema: Parameters<typeof translate>[0];
  readonly value: unknown;
  readonly hex: string;
  readonly hex07: string;
  readonly in: string;
  readonly v1: Verdict;
  readonly v07: Verdict;
  readonly fmt: WireFormat;
  readonly r: Verdict;
}

// Recorded from the Rust crates postcard 1.1.3 and 0.7.3 on a 64-bit host.
function lines(name: string): Line[] {
  const text = readFileSync(new URL(`data/${name}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

const vectors = lines("vectors.ndjson");
const types = new Map<
  string,
  { readonly translated: Translated; readonly codecs: Record<WireFormat, Codec<unknown>> }
>();
for (const line of vectors) {
  if (line.kind !== "type") continue;
  const translated = translate(line.schema);
  const codecs = {
    "0.7": codec(translated.schema, { format: "0.7" }),
    "1": codec(translated.schema, { format: "1" }),
  };
  types.set(line.id, { translated, codecs });
}

function typeOf(name: string) {
  const found = types.get(name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
}

function holdsUnsafeInteger(value: unknown): boolean {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "number" && !Number.isSafeInteger(item) && Math.abs(item) <= 2 ** 64
      ? "unsafe"
      : typeof item === "bigint"
        ? item.toString()
        : item,
  ).includes('"unsafe"');
}

function checkVerdict(line: Line, format: WireFormat, verdict: Verdict): void {
  const { translated, codecs } = typeOf(line.type);
  const input = unhex(line.in);
  const result = codecs[format].safeDecode(input);
  const what = `${line.type} ${format} ${line.in}`;
  if (verdict.err !== undefined) {
    expect(result.ok ? "accepted" : result.error.code, what).toBe(verdict.err);
    return;
  }
  const expected = translated.value(verdict.ok);
  if ((line.type === "usize" || line.type === "isize") && !Number.isSafeInteger(expected)) {
    expect(result.ok ? "accepted" : result.error.code, what).toBe("SerdeDeCustom");
    return;
  }
  if (!result.ok && result.error.code === "SerdeDeCustom" && holdsUnsafeInteger(expected)) return;
  expect(result.ok ? result.value : result.error.message, what).toEqual(expected);
  expect(codecs[format].take(input).bytesRead, what).toBe(input.length - (verdict.rest ?? 0));
}

describe("postcard against Rust", () => {
  it("encodes and decodes every recorded value in both formats", () => {
    let checked = 0;
    for (const line of vectors) {
      if (line.kind !== "vec") continue;
      const { translated, codecs } = typeOf(line.type);
      const value = translated.value(line.value);
      if (holdsUnsafeInteger(value) || line.value === undefined) continue;
      for (const [format, expected] of [
        ["1", line.hex],
        ["0.7", line.hex07],
      ] as const) {
        const coder = codecs[format];
        const what = `${line.type} ${format} ${JSON.stringify(line.value)}`;
        // The payload of a NaN is not kept.
        if (typeof value !== "number" || !Number.isNaN(value)) {
          expect(hex(coder.encode(value)), what).toBe(expected);
          expect(coder.size(value), what).toBe(expected.length / 2);
        }
        expect(coder.decode(unhex(expected)), what).toEqual(value);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(1700);
  });

  it("gives Rust's verdict on malformed inputs", () => {
    const cases = vectors.filter((line) => line.kind === "de");
    expect(cases.length).toBeGreaterThan(200);
    for (const line of cases) {
      checkVerdict(line, "1", line.v1);
      checkVerdict(line, "0.7", line.v07);
    }
  });

  it("gives Rust's verdict on random inputs", () => {
    const cases = lines("fuzz.ndjson");
    expect(cases.length).toBeGreaterThan(1000);
    for (const line of cases) checkVerdict(line, line.fmt, line.r);
  });
});
