/**
 * Version of the wire format.
 *
 * `"0.7"`, which CantripOS speaks, has integers of fixed width; `"1"` has variable ones. Neither can tell which of the
 * two a message is in.
 */
export type WireFormat = "0.7" | "1";

/** What a codec allows beyond what Rust allows. */
export interface Limits {
  /** Most bytes of a text or of bytes, and elements of a sequence or map. Default: what the message holds. */
  readonly maxLen?: number;
  /** Most `lazy` schemas in each other. Default 128. */
  readonly maxDepth?: number;
  /** Elements that take no bytes (`Vec<()>`) a message may have in all. Default 65536. Rust has no such limit. */
  readonly maxZst?: number;
}

/** How a codec works. */
export interface CodecOptions {
  /** There is no default: a message does not say which format it is in. */
  readonly format: WireFormat;
  /** Width of `usize` and of lengths at the other end. Default 64. On the wire `usize` has 64 bits either way. */
  readonly wordBits?: 32 | 64;
  readonly strict?: {
    /** Refuse a message that encoding its value would not give (`DeserializeBadEncoding`). */
    readonly canonical?: boolean;
    /** Refuse bytes behind the value (`SerdeDeCustom`), which Rust's `from_bytes` ignores. */
    readonly trailing?: boolean;
  };
  readonly limits?: Limits;
}

/** Options with their defaults, as the engines take them. */
export interface WireOptions {
  /** Format 1: integers are varints. */
  readonly isVarint: boolean;
  readonly wordBits: 32 | 64;
  readonly maxLen: number;
  readonly maxDepth: number;
  readonly maxZst: number;
}

/** Fills in the defaults. */
export function wireOptions({ format, wordBits = 64, limits = {} }: CodecOptions): WireOptions {
  const { maxLen = Infinity, maxDepth = 128, maxZst = 0x1_0000 } = limits;
  // A program without types must not get a format by accident.
  if ((format as string) !== "1" && (format as string) !== "0.7") {
    throw new TypeError('format is "1" or "0.7"');
  }
  return { isVarint: format === "1", wordBits, maxLen, maxDepth, maxZst };
}

/** The largest `usize` of the other end, or that a number holds. */
export function maxWord({ wordBits }: WireOptions): number {
  return wordBits === 32 ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
}
