import { Reader } from "../reader.ts";
import { readText, writeText, writeVarint } from "../text.ts";

/**
 * What generated code throws for every failure. It says nothing: the closures go over the message or the value again
 * and give the error.
 */
export const failed: unknown = Object.freeze({ failed: true });

/** Texts of a message that are decoded one by one, before it pays to take many at once. */
const SINGLE_TEXTS = 2;
/** Texts taken at once keep each other in memory: no more than this. */
const WINDOW_BYTES = 0x1000;
const SHORT_TEXT = 8;
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
export class GeneratedReader extends Reader {
  #texts = 0;
  /** The characters of the bytes from `#windowStart` on, all ASCII up to `#asciiEnd`. */
  #window = "";
  #windowStart = 0;
  #asciiEnd = 0;
  /** Where copies lie. */
  #pool = new Uint8Array(0);
  #used = 0;

  override start(bytes: Uint8Array, position: number, end: number): void {
    super.start(bytes, position, end);
    this.#texts = 0;
    this.#asciiEnd = 0;
  }

  /** The text of `bytes[start..end)`, which are there. */
  textAt(bytes: Uint8Array, start: number, end: number): string {
    if (end <= this.#asciiEnd) {
      return this.#window.substring(start - this.#windowStart, end - this.#windowStart);
    }
    if (end - start < SHORT_TEXT) {
      let text = "";
      for (let index = start; index < end; index++) {
        const byte = bytes[index] ?? 0;
        if (byte > 0x7f) return this.#textAlone(bytes, start, end);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    if (this.#texts < SINGLE_TEXTS || native === undefined || end - start > WINDOW_BYTES) {
      this.#texts += 1;
      return this.#textAlone(bytes, start, end);
    }
    const asciiEnd = asciiPrefix(bytes, start, Math.min(this.end, start + WINDOW_BYTES));
    if (asciiEnd < end) return this.#textAlone(bytes, start, end);
    this.#window = native.latin1Slice.call(bytes, start, asciiEnd);
    this.#windowStart = start;
    this.#asciiEnd = asciiEnd;
    return this.#window.substring(0, end - start);
  }

  #textAlone(bytes: Uint8Array, start: number, end: number): string {
    const text = readText(bytes, start, end);
    if (text === undefined) throw failed;
    return text;
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

/** The offset of the first byte of `bytes[start..end)` that is no ASCII, or up to seven less, or `end`. */
function asciiPrefix(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const bits =
      (bytes[at] ?? 0) |
      (bytes[at + 1] ?? 0) |
      (bytes[at + 2] ?? 0) |
      (bytes[at + 3] ?? 0) |
      (bytes[at + 4] ?? 0) |
      (bytes[at + 5] ?? 0) |
      (bytes[at + 6] ?? 0) |
      (bytes[at + 7] ?? 0);
    if (bits > 0x7f) break;
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
