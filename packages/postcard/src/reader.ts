import { Failure, type PostcardErrorCode } from "./postcard-error.ts";
import { readText } from "./text.ts";
import { type WireOptions } from "./wire-format.ts";

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** Where decoders read, bounds-checked. A codec has one and uses it again. */
export class Reader {
  /** The buffer, read only up to {@link end}. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  position = 0;
  end = 0;
  readonly options: WireOptions;
  /** For conversions. */
  readonly #view = new DataView(new ArrayBuffer(8));
  #depth = 0;
  /** How many elements without bytes this message may still make: input does not limit them. */
  #zeroSizeBudget = 0;

  constructor(options: WireOptions) {
    this.options = options;
  }

  /** Begins a message. */
  start(bytes: Uint8Array, position: number, end: number): void {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    this.#depth = 0;
    this.#zeroSizeBudget = this.options.maxZst;
  }

  /** Throws the error `code` at `offset`. */
  fail(code: PostcardErrorCode, detail: string, offset: number = this.position): never {
    const failure: unknown = new Failure(code, offset, detail);
    throw failure;
  }

  /** Passes `length` bytes and returns the offset of the first. */
  advance(length: number): number {
    const start = this.position;
    if (length > this.end - start) {
      this.fail("DeserializeUnexpectedEnd", `${length} bytes expected`);
    }
    this.position = start + length;
    return start;
  }

  /** One raw byte. */
  byte(): number {
    const at = this.position;
    if (at >= this.end) this.fail("DeserializeUnexpectedEnd", "a byte expected");
    this.position = at + 1;
    return this.bytes[at] ?? 0;
  }

  /** `size` bytes (at most four) as an unsigned integer. */
  fixed(size: number, isBigEndian = false): number {
    const at = this.advance(size);
    const { bytes } = this;
    let value = 0;
    for (let index = 0; index < size; index++) {
      const byte = bytes[at + (isBigEndian ? index : size - 1 - index)] ?? 0;
      value = value * 0x100 + byte;
    }
    return value;
  }

  /** `size` bytes, a multiple of four, as an unsigned integer. */
  fixedBig(size: number, isBigEndian = false): bigint {
    this.position = this.advance(size);
    let value = 0n;
    for (let index = 0; index < size; index += 4) {
      const word = BigInt(this.fixed(4, isBigEndian));
      value = isBigEndian ? (value << 32n) | word : value | (word << BigInt(index * 8));
    }
    return value;
  }

  /** Eight bytes as an unsigned integer; above 2^53 it is rounded. */
  fixedWord(): number {
    this.position = this.advance(8);
    return this.fixed(4) + this.fixed(4) * 2 ** 32;
  }

  /** `f32` */
  float32(): number {
    this.#view.setUint32(0, this.fixed(4));
    return this.#view.getFloat32(0);
  }

  /** `f64` */
  float64(): number {
    this.position = this.advance(8);
    this.#view.setUint32(4, this.fixed(4));
    this.#view.setUint32(0, this.fixed(4));
    return this.#view.getFloat64(0);
  }

  /**
   * LEB128 of at most `bits` bits. Above 2^53 the result is rounded, but stays above.
   *
   * Forms longer than needed are accepted, as in Rust.
   */
  varint(bits: number): number {
    const start = this.position;
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let scale = 0x80;
    for (let left = bits - 7; left > 0; left -= 7) {
      const byte = this.byte();
      // The last byte has no room for a continuation, nor for more than the bits that are left.
      if (left <= 7 && byte >= 2 ** left) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return this.#badVarint(bits, start);
  }

  /** LEB128 of 64 or 128 bits. */
  varintBig(bits: number): bigint {
    const start = this.position;
    let value = 0n;
    // Seven bytes at a time, which numbers hold.
    for (let shift = 0; shift < bits; shift += 49) {
      let chunk = 0;
      let scale = 1;
      for (let index = 0; index < 7; index++) {
        const byte = this.byte();
        const left = bits - shift - index * 7;
        if (left <= 7 && byte >= 2 ** left) return this.#badVarint(bits, start);
        chunk += (byte & 0x7f) * scale;
        if (byte < 0x80) {
          return shift === 0 ? BigInt(chunk) : value | (BigInt(chunk) << BigInt(shift));
        }
        scale *= 0x80;
      }
      value |= BigInt(chunk) << BigInt(shift);
    }
    return this.#badVarint(bits, start);
  }

  /** A length or a discriminant as version 0.7 reads it: bits above those of a word are dropped. */
  looseVarint(): number {
    const start = this.position;
    const { wordBits } = this.options;
    let value = 0;
    let scale = 1;
    for (let left = wordBits; left > 0; left -= 7) {
      const byte = this.byte();
      value += (byte & 0x7f & (left < 7 ? 2 ** left - 1 : 0x7f)) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return this.#badVarint(wordBits, start);
  }

  #badVarint(bits: number, start: number): never {
    return this.fail("DeserializeBadVarint", `more than ${bits} bits`, start);
  }

  /** A length, within the limit and within `max`. */
  length(max: number): number {
    const start = this.position;
    const { isVarint, wordBits, maxLen } = this.options;
    const value = isVarint ? this.varint(wordBits) : this.looseVarint();
    if (value > maxLen || value > max) {
      this.fail("SerdeDeCustom", `length ${value} above the limit`, start);
    }
    return value;
  }

  /** A number of elements, which the budget limits if they take no bytes. */
  count(max: number, isZeroSize: boolean): number {
    const start = this.position;
    const count = this.length(max);
    if (isZeroSize) {
      if (count > this.#zeroSizeBudget) {
        this.fail("SerdeDeCustom", `${count} elements without bytes`, start);
      }
      this.#zeroSizeBudget -= count;
    }
    return count;
  }

  /** A discriminant below `count`. */
  discriminant(count: number): number {
    const start = this.position;
    const value = this.options.isVarint ? this.varint(32) : this.looseVarint();
    if (value > 0xffff_ffff) this.fail("DeserializeBadEnum", `discriminant ${value}`, start);
    if (value >= count) {
      this.fail("SerdeDeCustom", `discriminant ${value} of ${count} variants`, start);
    }
    return value;
  }

  /** `usize` as a number. */
  usize(): number {
    const start = this.position;
    const value = this.options.isVarint ? this.varint(64) : this.fixedWord();
    const max = this.options.wordBits === 32 ? 0xffff_ffff : MAX_SAFE;
    if (value > max) this.fail("SerdeDeCustom", `an integer above ${max}`, start);
    return value;
  }

  /** `u64` as a number. */
  safe64(): number {
    const start = this.position;
    const value = this.options.isVarint ? this.varint(64) : this.fixedWord();
    if (value > MAX_SAFE) this.fail("SerdeDeCustom", "an integer above 2^53-1", start);
    return value;
  }

  /** `u64` or `u128`. */
  unsignedBig(bits: 64 | 128): bigint {
    return this.options.isVarint ? this.varintBig(bits) : this.fixedBig(bits / 8);
  }

  /** `i64` or `i128`. */
  signedBig(bits: 64 | 128): bigint {
    const value = this.unsignedBig(bits);
    if (!this.options.isVarint) return BigInt.asIntN(bits, value);
    return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
  }

  /** `i64` or `isize` as a number. */
  signedSafe(max: number): number {
    const start = this.position;
    const value = Number(this.signedBig(64));
    if (!Number.isSafeInteger(value) || value > max || value < -max - 1) {
      this.fail("SerdeDeCustom", "an integer too large", start);
    }
    return value;
  }

  /** A string of at most `max` bytes. */
  text(max: number): string {
    const length = this.length(max);
    const at = this.advance(length);
    const text = readText(this.bytes, at, at + length);
    if (text === undefined) this.fail("DeserializeBadUtf8", "", at);
    return text;
  }

  /** Rust takes the first character of up to four bytes of text, so this does. */
  char(): string {
    const start = this.position;
    const { isVarint, wordBits } = this.options;
    const length = isVarint ? this.varint(wordBits) : this.looseVarint();
    if (length > 4) this.fail("DeserializeBadChar", `${length} bytes`, start);
    const at = this.advance(length);
    const text = readText(this.bytes, at, at + length);
    if (text === undefined || text === "") this.fail("DeserializeBadChar", "", at);
    return String.fromCodePoint(text.codePointAt(0) ?? 0);
  }

  /** `length` bytes: a copy, or a view of the message. */
  raw(length: number, isOwned: boolean): Uint8Array {
    const at = this.advance(length);
    const { bytes } = this;
    // A `Buffer`'s own `slice` is a view.
    return isOwned
      ? Uint8Array.prototype.slice.call(bytes, at, at + length)
      : bytes.subarray(at, at + length);
  }

  /** `Duration`: nanoseconds carry into seconds, as in Rust. */
  duration(): { secs: bigint; nanos: number } {
    const start = this.position;
    const secs = this.unsignedBig(64);
    const nanos = this.options.isVarint ? this.varint(32) : this.fixed(4);
    const carried = secs + BigInt(Math.floor(nanos / 1e9));
    if (carried >= 1n << 64n) this.fail("SerdeDeCustom", "a duration of 2^64 s or more", start);
    return { secs: carried, nanos: nanos % 1e9 };
  }

  /** Enters a schema that may hold itself. */
  enter(): void {
    if (++this.#depth > this.options.maxDepth) this.fail("SerdeDeCustom", "nested too deeply");
  }

  /** Leaves it. */
  leave(): void {
    this.#depth -= 1;
  }
}
