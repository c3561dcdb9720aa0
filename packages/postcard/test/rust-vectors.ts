import { readFileSync } from "node:fs";
import { type Codec, type WireFormat } from "@cantrip/postcard";

/** Rust's verdict on an input. */
export interface Verdict {
  readonly ok?: unknown;
  readonly rest?: number;
  readonly err?: string;
}

/** A line of the recorded vectors. */
export interface Line {
  readonly kind: string;
  readonly id: string;
  readonly type: string;
  readonly schema: unknown;
  readonly schema_hex: string;
  readonly key_test_path: string;
  readonly max: number | null;
  readonly value: unknown;
  readonly hex: string;
  readonly hex07: string;
  readonly in: string;
  readonly v1: Verdict;
  readonly v07: Verdict;
  readonly fmt: WireFormat;
  readonly r: Verdict;
}

/** Recorded from the Rust crates postcard 1.1.3 and 0.7.3 on a 64-bit host. */
export function lines(name: string): Line[] {
  const text = readFileSync(new URL(`data/${name}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** What a codec made of an input. */
export type Outcome =
  { readonly value: unknown; readonly rest: number } | { readonly error: string };

/** Decodes as Rust's `take_from_bytes`. */
export function outcome(codec: Codec<unknown>, input: Uint8Array): Outcome {
  const result = codec.safeDecode(input);
  if (!result.ok) return { error: result.error.code };
  return { value: result.value, rest: input.length - codec.take(input).end };
}
