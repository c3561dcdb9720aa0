import { Failure } from "./postcard-error.ts";
import { LONE_SURROGATE, writeText, writeVarint } from "./text.ts";
import { maxWord, type WireOptions } from "./wire-format.ts";

/** Where encoders write: a window of a buffer. Every item is written whole or not at all, as Rust does. */
export class Writer {
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  position = 0;
  readonly options: WireOptions;
  /** Largest `usize`. */
  readonly maxWord: number;
  readonly #view = new DataView(new ArrayBuffer(8));
  #depth = 0;

  constructor(options: WireOptions) {
    this.options = options;
    this.maxWord = maxWord(options);
  }

  /** Begins a message. */
  start(bytes: Uint8Array, position: number): void {
    this.bytes = bytes;
    this.position = position;
    this.#depth = 0;
  }

  #full(): never {
    const failure: unknown = new Failure("SerializeBufferFull", this.position, "no room");
    throw failure;
  }

  /** Makes room for `length` more bytes and returns the offset of the first. */
  reserve(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) this.#full();
    this.position = start + length;
    return start;
  }

  /** One raw byte. */
  byte(value: number): void {
    const at = this.position;
    if (at >= this.bytes.length) this.#full();
    this.bytes[at] = value;
    this.position = at + 1;
  }

  /** `size` bytes of an integer of at most 32 bits. */
  fixed(value: number, size: number, isBigEndian = false): void {
    const at = this.reserve(size);
    for (let index = 0; index < size; index++) {
      this.bytes[at + (isBigEndian ? size - 1 - index : index)] = value >> (index * 8);
    }
  }

  /** `size` bytes of an integer, a multiple of four. */
  fixedBig(value: bigint, size: number, isBigEndian = false): void {
    this.position = this.reserve(size);
    for (let index = 0; index < size; index += 4) {
      const shift = BigInt((isBigEndian ? size - 4 - index : index) * 8);
      this.fixed(Number(BigInt.asUintN(32, value >> shift)) | 0, 4, isBigEndian);
    }
  }

  /** LEB128 of an integer of 0 to 2^53-1. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    const end = writeVarint(this.bytes, this.position, value);
    if (end < 0) this.#full();
    this.position = end;
  }

  /** LEB128 of any size. */
  varintBig(value: bigint): void {
    if (value < 0x20_0000_0000_0000n) {
      this.varint(Number(value));
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80n; rest >>= 7n) length += 1;
    let at = this.reserve(length);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.bytes[at++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[at] = Number(rest);
  }

  /** `u16`, `u32` and their signed forms of `size` bytes: the bits of `value`, an unsigned integer in format 1. */
  integer(value: number, size: number): void {
    if (this.options.isVarint) this.varint(value);
    else this.fixed(value, size);
  }

  /** `usize` or `u64` as a number. */
  word(value: number): void {
    if (this.options.isVarint) {
      this.varint(value);
      return;
    }
    this.position = this.reserve(8);
    this.fixed(value | 0, 4);
    this.fixed(Math.floor(value / 2 ** 32), 4);
  }

  /** `u64` or `u128`. */
  unsignedBig(value: bigint, bits: 64 | 128): void {
    if (this.options.isVarint) this.varintBig(value);
    else this.fixedBig(value, bits / 8);
  }

  /** `i64` or `i128`. */
  signedBig(value: bigint, bits: 64 | 128): void {
    if (this.options.isVarint) this.varintBig(value < 0n ? ~(value << 1n) : value << 1n);
    else this.fixedBig(value, bits / 8);
  }

  /** `f32`; the bits of a NaN are always the same. */
  float32(value: number): void {
    this.#view.setFloat32(0, value === value ? value : NaN);
    this.fixed(value === value ? this.#view.getInt32(0) : 0x7fc0_0000, 4);
  }

  /** `f64`; the bits of a NaN are always the same. */
  float64(value: number): void {
    this.#view.setFloat64(0, value);
    this.position = this.reserve(8);
    this.fixed(value === value ? this.#view.getInt32(4) : 0, 4);
    this.fixed(value === value ? this.#view.getInt32(0) : 0x7ff8_0000, 4);
  }

  /** Length and UTF-8 of `text`. */
  text(text: string): void {
    const end = writeText(this.bytes, this.position, text);
    if (end >= 0) this.position = end;
    else if (end === LONE_SURROGATE) mismatch(this, "text", "a lone surrogate");
    else this.#full();
  }

  /** Refuses more than `max` elements or bytes. */
  limit(length: number, max: number): void {
    if (length > this.options.maxLen || length > max) {
      mismatch(this, `at most ${Math.min(max, this.options.maxLen)} elements`, length);
    }
  }

  /** A number of elements or bytes, at most `max`. */
  length(length: number, max: number): void {
    this.limit(length, max);
    this.varint(length);
  }

  /** Raw bytes. */
  raw(data: Uint8Array): void {
    const at = this.reserve(data.length);
    this.bytes.set(data, at);
  }

  /** Enters a schema that may hold itself. */
  enter(): void {
    if (++this.#depth > this.options.maxDepth) mismatch(this, "less depth", this.#depth);
  }

  /** Leaves it. */
  leave(): void {
    this.#depth -= 1;
  }
}

/** Throws that the value does not fit its schema. */
export function mismatch(writer: Writer, expected: string, value: unknown): never {
  const got =
    typeof value === "number" || typeof value === "bigint" ? value.toString() : typeof value;
  const detail = `expected ${expected}, got ${got}`;
  const failure: unknown = new Failure("SerdeSerCustom", writer.position, detail);
  throw failure;
}
