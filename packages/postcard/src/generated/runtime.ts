import { begin, Cursor, readFixed, readVarint, readWord } from "../cursor.ts";
import { readText, writeText, writeVarint } from "./text.ts";

export { enter, leave, readCount, readFloat, writeFloat } from "../cursor.ts";

/**
 * What generated code throws for every failure. It says nothing: the closures go over the message or the value again
 * and give the error.
 */
export const failed: unknown = Object.freeze({ failed: true });

/** Texts of a message that are decoded one by one, before it pays to take many at once. */
const SINGLE_TEXTS = 2;
/** How many bytes are taken at once, at first and at most: texts taken at once keep each other in memory. */
const FIRST_WINDOW = 0x400;
const LARGEST_WINDOW = 0x1000;
/** Texts of so many bytes are put together from their characters; longer ones would not be flat. */
const SHORT_TEXT = 12;
/** Up to here bytes are looked at one by one. */
const SHORT_SCAN = 16;
/** Bytes up to which a loop is faster than a copy by the engine. */
const SHORT_COPY = 24;
const POOL_BYTES = 0x8000;
const MOST_POOLED = 0x1000;

interface NativeLatin1 {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
}

const native = nativeLatin1();

function nativeLatin1(): NativeLatin1 | undefined {
  const { Buffer } = globalThis as { Buffer?: { prototype?: Partial<NativeLatin1> } };
  const prototype = Buffer?.prototype;
  return typeof prototype?.latin1Slice === "function" ? (prototype as NativeLatin1) : undefined;
}

/** A reader with what generated code needs besides. */
export class GeneratedReader extends Cursor {
  #texts = 0;
  /** The characters of the bytes from `#windowStart` to `#windowEnd`, if those are ASCII. */
  #window = "";
  #windowStart = 0;
  #windowEnd = 0;
  #windowSize = 0;
  /** Up to here the bytes of the window that follow its texts so far are known to be ASCII. */
  #asciiEnd = 0;
  /** Where copies lie. */
  #pool = new Uint8Array(0);
  #used = 0;

  /** Begins a message that may have texts. */
  start(bytes: Uint8Array, position: number, end: number): void {
    begin(this, bytes, position, end);
    this.#texts = 0;
    this.#windowEnd = 0;
    this.#windowSize = FIRST_WINDOW;
  }

  /** A varint of more bytes than generated code reads itself: the reader goes on from `position`. */
  at(bytes: Uint8Array, position: number, end: number): this {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    return this;
  }

  /** LEB128 of at most `bits` bits. */
  varint(bits: number): number {
    return readVarint(this, bits);
  }

  /** A length or a discriminant. */
  word(bits: number): number {
    return readWord(this, bits);
  }

  /** `usize` or `u64` as a number of at most `max`. */
  safe(max: number): number {
    const value = this.options.isVarint ? readVarint(this, 64) : readFixed(this, 8);
    if (value > max) throw failed;
    return value;
  }

  /** LEB128 of at most 32 bits at `position`. */
  varint32(bytes: Uint8Array, position: number, end: number): number {
    if (position + 5 > end) return readVarint(this.at(bytes, position, end), 32);
    const low =
      ((bytes[position] ?? 0) & 0x7f) |
      (((bytes[position + 1] ?? 0) & 0x7f) << 7) |
      (((bytes[position + 2] ?? 0) & 0x7f) << 14);
    if ((bytes[position + 2] ?? 0) < 0x80) {
      this.position = position + 3;
      return low;
    }
    const value = low | (((bytes[position + 3] ?? 0) & 0x7f) << 21);
    if ((bytes[position + 3] ?? 0) < 0x80) {
      this.position = position + 4;
      return value;
    }
    const last = bytes[position + 4] ?? 0;
    if (last > 0x0f) throw failed;
    this.position = position + 5;
    return (value | (last << 28)) >>> 0;
  }

  /** The text of `bytes[start..end)`, which are there; texts are asked for in their order. */
  textAt(bytes: Uint8Array, start: number, end: number): string {
    if (end > this.#windowEnd) {
      this.#texts += 1;
      const isWindowDue = this.#texts > SINGLE_TEXTS && end - start <= this.#windowSize;
      if (!isWindowDue || !this.#openWindow(bytes, start)) return textAlone(bytes, start, end);
    }
    if (end > this.#asciiEnd && !this.#isAscii(bytes, start, end)) {
      return textAlone(bytes, start, end);
    }
    return this.#window.substring(start - this.#windowStart, end - this.#windowStart);
  }

  #openWindow(bytes: Uint8Array, start: number): boolean {
    if (native === undefined) return false;
    const end = Math.min(this.end, start + this.#windowSize);
    this.#window = native.latin1Slice.call(bytes, start, end);
    this.#windowStart = start;
    this.#windowEnd = end;
    this.#windowSize = LARGEST_WINDOW;
    this.#asciiEnd = 0;
    return true;
  }

  #isAscii(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start <= SHORT_SCAN) {
      let bits = 0;
      for (let index = start; index < end; index++) bits |= bytes[index] ?? 0;
      return bits < 0x80;
    }
    this.#asciiEnd = asciiPrefix(bytes, start, this.#windowEnd);
    return end <= this.#asciiEnd;
  }

  /** A copy of `bytes[start..end)`; those of few bytes lie in a buffer with others. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > MOST_POOLED) return Uint8Array.prototype.slice.call(bytes, start, end);
    if (this.#used + length > this.#pool.length) {
      this.#pool = new Uint8Array(POOL_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used = at + length;
    const copy = this.#pool.subarray(at, at + length);
    if (length < SHORT_COPY) {
      for (let index = 0; index < length; index++) copy[index] = bytes[start + index] ?? 0;
    } else copy.set(bytes.subarray(start, end));
    return copy;
  }
}

function textAlone(bytes: Uint8Array, start: number, end: number): string {
  const text =
    (end - start <= SHORT_TEXT ? shortAscii(bytes, start, end) : undefined) ??
    readText(bytes, start, end);
  if (text === undefined) throw failed;
  return text;
}

/** The text of at most twelve bytes, or `undefined` when they are not ASCII. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let at = start;
  if (end - at >= 8) {
    text = asciiOf(bytes, at, 8);
    if (text === "") return undefined;
    at += 8;
  }
  if (at === end) return text;
  const rest = asciiOf(bytes, at, end - at);
  return rest === "" ? undefined : text + rest;
}

/** The text of one to eight ASCII bytes, or "": one call is faster than a text that grows. */
function asciiOf(bytes: Uint8Array, at: number, length: number): string {
  const a = bytes[at] ?? 0;
  if (length === 1) return a > 0x7f ? "" : String.fromCharCode(a);
  const b = bytes[at + 1] ?? 0;
  if (length === 2) return (a | b) > 0x7f ? "" : String.fromCharCode(a, b);
  const c = bytes[at + 2] ?? 0;
  if (length === 3) return (a | b | c) > 0x7f ? "" : String.fromCharCode(a, b, c);
  const d = bytes[at + 3] ?? 0;
  if (length === 4) return (a | b | c | d) > 0x7f ? "" : String.fromCharCode(a, b, c, d);
  if ((a | b | c | d) > 0x7f) return "";
  const e = bytes[at + 4] ?? 0;
  if (length === 5) return e > 0x7f ? "" : String.fromCharCode(a, b, c, d, e);
  const f = bytes[at + 5] ?? 0;
  if (length === 6) return (e | f) > 0x7f ? "" : String.fromCharCode(a, b, c, d, e, f);
  const g = bytes[at + 6] ?? 0;
  if (length === 7) return (e | f | g) > 0x7f ? "" : String.fromCharCode(a, b, c, d, e, f, g);
  const h = bytes[at + 7] ?? 0;
  return (e | f | g | h) > 0x7f ? "" : String.fromCharCode(a, b, c, d, e, f, g, h);
}

/** The offset of the first byte of `bytes[start..end)` that is no ASCII, or `end`. */
function asciiPrefix(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let at = start;
  for (; at + 16 <= end; at += 16) {
    const words =
      view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8) | view.getInt32(at + 12);
    if ((words & 0x8080_8080) !== 0) break;
  }
  while (at < end && (bytes[at] ?? 0) < 0x80) at++;
  return at;
}

/** Writes a text; see {@link writeText}. */
export function putText(bytes: Uint8Array, position: number, text: unknown): number {
  if (typeof text !== "string") throw failed;
  const end = writeText(bytes, position, text);
  if (end < 0) throw failed;
  return end;
}

/** Writes LEB128 of 0 to 2^53-1. */
export function putVarint(bytes: Uint8Array, position: number, value: number): number {
  const end = writeVarint(bytes, position, value);
  if (end < 0) throw failed;
  return end;
}

/** Writes LEB128 of a `usize` that has more than 32 bits. */
export function putWord(bytes: Uint8Array, position: number, value: unknown, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw failed;
  }
  return putVarint(bytes, position, value);
}

/** Writes eight bytes of a `usize` that has more than 32 bits. */
export function putWideWord(
  bytes: Uint8Array,
  position: number,
  value: unknown,
  max: number,
): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw failed;
  }
  if (position + 8 > bytes.length) throw failed;
  let low = value | 0;
  let high = Math.floor(value / 2 ** 32);
  for (let index = position; index < position + 4; index++) {
    bytes[index] = low;
    bytes[index + 4] = high;
    low >>= 8;
    high >>= 8;
  }
  return position + 8;
}

/** Writes raw bytes, `length` of them when it is given. */
export function putBytes(
  bytes: Uint8Array,
  position: number,
  value: unknown,
  length: number,
): number {
  if (!(value instanceof Uint8Array) || (length >= 0 && value.length !== length)) throw failed;
  const end = position + value.length;
  if (end > bytes.length) throw failed;
  if (value.length < SHORT_COPY) {
    for (let index = 0; index < value.length; index++) bytes[position + index] = value[index] ?? 0;
  } else bytes.set(value, position);
  return end;
}
