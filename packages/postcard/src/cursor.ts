import { Failure, type PostcardErrorCode } from "./postcard-error.ts";
import { readUtf8, utf8Length, writeUtf8 } from "./utf8.ts";
import { varintSize } from "./varint-size.ts";
import { type WireOptions } from "./wire-format.ts";

/**
 * Where coders read or write: a window of a buffer, bounds-checked. Every item is written whole or not at all, as Rust
 * does. A codec has one for each direction and uses it again.
 */
export class Cursor {
  /** The buffer, used only up to {@link end}. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  position = 0;
  end = 0;
  readonly options: WireOptions;
  readonly #isWriting: boolean;
  #depth = 0;
  /** How many elements without bytes this message may still make: input does not limit them. */
  #emptyBudget = 0;

  constructor(options: WireOptions, isWriting: boolean) {
    this.options = options;
    this.#isWriting = isWriting;
  }

  /** Begins a message. */
  start(bytes: Uint8Array, position: number, end: number): void {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    this.#depth = 0;
    this.#emptyBudget = this.options.maxZst;
  }

  /** Throws the error `code` at `offset`. */
  fail(code: PostcardErrorCode, detail: string, offset: number = this.position): never {
    const failure: unknown = new Failure(code, offset, detail);
    throw failure;
  }

  /** Throws that a value is none of the schema's, or above a limit. */
  refuse(detail: string, offset?: number): never {
    return this.fail(this.#isWriting ? "SerdeSerCustom" : "SerdeDeCustom", detail, offset);
  }

  /** Passes `length` bytes and returns the offset of the first. */
  advance(length: number): number {
    const start = this.position;
    if (length > this.end - start) {
      this.fail(
        this.#isWriting ? "SerializeBufferFull" : "DeserializeUnexpectedEnd",
        `${length} bytes`,
      );
    }
    this.position = start + length;
    return start;
  }

  /** Enters a schema that may hold itself. */
  enter(): void {
    if (++this.#depth > this.options.maxDepth) this.refuse("nested too deeply");
  }

  /** Leaves it. */
  leave(): void {
    this.#depth -= 1;
  }

  /** Reads a byte of 0 or 1; another is the error `code`. */
  flag(code: PostcardErrorCode): boolean {
    const value = this.fixed(1);
    if (value > 1) this.fail(code, `byte ${value}`, this.position - 1);
    return value === 1;
  }

  /** Reads `size` bytes (at most eight) as an unsigned integer; above 2^53 it is rounded, but stays above. */
  fixed(size: number, isBigEndian = false): number {
    const at = this.advance(size);
    let value = 0;
    for (let index = 0; index < size; index++) {
      value = value * 0x100 + (this.bytes[at + (isBigEndian ? index : size - 1 - index)] ?? 0);
    }
    return value;
  }

  /** Writes the low `size` bytes (at most eight) of an integer. */
  putFixed(value: number, size: number, isBigEndian = false): void {
    const at = this.advance(size);
    let rest = value;
    for (let index = 0; index < size; index++) {
      this.bytes[at + (isBigEndian ? size - 1 - index : index)] = rest;
      rest = Math.floor(rest / 0x100);
    }
  }

  /** Passes `length` bytes, and gives a view of the buffer from them on. */
  #view(length: number): DataView {
    const { buffer, byteOffset } = this.bytes;
    return new DataView(buffer, byteOffset + this.advance(length), length);
  }

  /** Reads eight or sixteen bytes as an unsigned integer. */
  fixedBig(size: number, isBigEndian = false): bigint {
    const view = this.#view(size);
    const low = view.getBigUint64(isBigEndian ? size - 8 : 0, !isBigEndian);
    return size === 8 ? low : low | (view.getBigUint64(isBigEndian ? 0 : 8, !isBigEndian) << 64n);
  }

  /** Writes the low eight or sixteen bytes of an integer. */
  putFixedBig(value: bigint, size: number, isBigEndian = false): void {
    const view = this.#view(size);
    if (size > 8) view.setBigUint64(isBigEndian ? 0 : 8, value >> 64n, !isBigEndian);
    view.setBigUint64(isBigEndian ? size - 8 : 0, value, !isBigEndian);
  }

  /** Reads an `f32` (`size` 4) or `f64` (8). */
  float(size: number): number {
    const view = this.#view(size);
    return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  }

  /** Writes an `f32` (`size` 4) or `f64` (8); the bits of a NaN are always the same. */
  putFloat(value: number, size: number): void {
    const view = this.#view(size);
    if (size === 4) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    if (Number.isNaN(value)) {
      view.setUint32(0, 0);
      view.setUint32(size - 4, size === 4 ? 0x7fc0_0000 : 0x7ff8_0000, true);
    }
  }

  /** Passes a LEB128 of at most `bits` bits; if `isLoose`, its last byte may have more. */
  #passVarint(bits: number, isLoose: boolean): void {
    const start = this.position;
    for (let left = bits; left > 0; left -= 7) {
      const byte = this.fixed(1);
      // The last byte has no room for a continuation, nor for more than the bits that are left.
      if (left <= 7 && !isLoose && byte >= 2 ** left) break;
      if (byte < 0x80) return;
    }
    this.fail("DeserializeBadVarint", `more than ${bits} bits`, start);
  }

  /** The number that seven bits of each byte make, of the last one those in `mask`; above 2^53 it is rounded. */
  #digits(start: number, end: number, mask: number): number {
    let at = end - 1;
    let value = (this.bytes[at] ?? 0) & mask;
    while (at > start) value = value * 0x80 + ((this.bytes[--at] ?? 0) & 0x7f);
    return value;
  }

  /**
   * Reads a LEB128 of at most `bits` bits. Above 2^53 the result is rounded, but stays above.
   *
   * Forms longer than needed are accepted, as in Rust.
   */
  varint(bits: number): number {
    const start = this.position;
    this.#passVarint(bits, false);
    return this.#digits(start, this.position, 0x7f);
  }

  /** Writes the LEB128 of an integer of 0 to 2^53-1. */
  putVarint(value: number): void {
    let at = this.advance(varintSize(value));
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.bytes[at++] = (rest % 0x80) | 0x80;
    this.bytes[at] = rest;
  }

  /** Reads a LEB128 of 64 or 128 bits. */
  varintBig(bits: number): bigint {
    const start = this.position;
    this.#passVarint(bits, false);
    const { position } = this;
    // Seven bytes at a time, which numbers hold.
    let value = 0n;
    for (let at = start; at < position; at += 7) {
      const part = this.#digits(at, Math.min(at + 7, position), 0x7f);
      value |= BigInt(part) << BigInt((at - start) * 7);
    }
    return value;
  }

  /** Writes a LEB128 of any size. */
  putVarintBig(value: bigint): void {
    if (value <= Number.MAX_SAFE_INTEGER) {
      this.putVarint(Number(value));
      return;
    }
    let at = this.advance(Math.ceil(value.toString(2).length / 7));
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[at++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[at] = Number(rest);
  }

  /** Reads the varint of a length or a discriminant of `bits` bits; version 0.7 drops bits above those of a word. */
  word(bits: number): number {
    const { isVarint, wordBits } = this.options;
    if (isVarint) return this.varint(bits);
    const start = this.position;
    this.#passVarint(wordBits, true);
    const isLong = (this.position - start) * 7 > wordBits;
    return this.#digits(start, this.position, isLong ? 2 ** (wordBits % 7) - 1 : 0x7f);
  }

  /** Refuses more than `max` elements or bytes. */
  limit(length: number, max: number, offset?: number): void {
    const most = Math.min(max, this.options.maxLen);
    if (length > most) this.refuse(`length ${length} above ${most}`, offset);
  }

  /** Reads a length of at most `max`. */
  length(max: number): number {
    const start = this.position;
    const value = this.word(this.options.wordBits);
    this.limit(value, max, start);
    return value;
  }

  /** Writes a length of at most `max`. */
  putLength(length: number, max: number): void {
    this.limit(length, max);
    this.putVarint(length);
  }

  /** Reads a number of elements, which the budget limits if they take no bytes. */
  count(max: number, isEmpty: boolean): number {
    const start = this.position;
    const count = this.length(max);
    if (isEmpty && (this.#emptyBudget -= count) < 0) {
      this.refuse(`${count} elements without bytes`, start);
    }
    return count;
  }

  /** Reads a discriminant below `count`. */
  discriminant(count: number): number {
    const start = this.position;
    const value = this.word(32);
    if (value >= count) {
      const code = value > 0xffff_ffff ? "DeserializeBadEnum" : "SerdeDeCustom";
      this.fail(code, `discriminant ${value} of ${count} variants`, start);
    }
    return value;
  }

  /** Reads a text of `length` bytes; if they are no UTF-8, that is the error `code`. */
  text(length: number, code: PostcardErrorCode): string {
    const at = this.advance(length);
    const text = readUtf8(this.bytes, at, at + length);
    if (text === undefined) this.fail(code, "no UTF-8", at);
    return text;
  }

  /** Writes length and UTF-8 of a text of at most `max` bytes. */
  putText(text: string, max: number): void {
    const length = utf8Length(text);
    if (length < 0) mismatch(this, "text", "a lone surrogate");
    this.putLength(length, max);
    writeUtf8(this.bytes, this.advance(length), text);
  }

  /** Reads `length` bytes: a copy, or a view of the message. */
  raw(length: number, isOwned: boolean): Uint8Array {
    const at = this.advance(length);
    const view = this.bytes.subarray(at, at + length);
    return isOwned ? new Uint8Array(view) : view;
  }

  /** Writes raw bytes. */
  putRaw(data: Uint8Array): void {
    const at = this.advance(data.length);
    this.bytes.set(data, at);
  }
}

/** Throws that a value does not fit its schema. */
export function mismatch(cursor: Cursor, expected: string, value: unknown): never {
  const got =
    typeof value === "number" || typeof value === "bigint" ? value.toString() : typeof value;
  return cursor.refuse(`expected ${expected}, got ${got}`);
}

/** Whether `value` has properties. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
