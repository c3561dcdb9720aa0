import { readUtf8, utf8Length, writeUtf8 } from "../utf8.ts";
import { varintSize } from "../varint-size.ts";

/** What Node's `Buffer.prototype` offers for any `Uint8Array`. */
interface NativeText {
  utf8Write(this: Uint8Array, text: string, offset: number, maxBytes: number): number;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
}

/** Longest text that engines hold, in units. */
const MAX_TEXT = 0x1fff_ffe8;
/** Up to here a loop is faster than a call out of JavaScript. */
const SHORT_WRITE = 16;
const SHORT_READ = 12;

// The results are the same without it: it is only faster.
const native = nativeText();

function nativeText(): NativeText | undefined {
  const { Buffer } = globalThis as { Buffer?: { prototype?: Partial<NativeText> } };
  const prototype = Buffer?.prototype;
  return typeof prototype?.utf8Write === "function" && typeof prototype.utf8Slice === "function"
    ? (prototype as NativeText)
    : undefined;
}

/** There is no room, or a lone surrogate. */
const NOT_WRITTEN = -1;

/** Writes length and UTF-8 of `text` at `position` and returns the offset after it, or {@link NOT_WRITTEN}. */
export function writeText(bytes: Uint8Array, position: number, text: string): number {
  const { length } = text;
  if (length < SHORT_WRITE && position + length < bytes.length) {
    let at = position + 1;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return writeExactText(bytes, position, text);
      bytes[at++] = unit;
    }
    bytes[position] = length;
    return at;
  }
  // With room for the longest form the length can be written afterwards, of as many bytes as it most likely has.
  if (native === undefined || length > 0x1555 || position + 2 + length * 3 > bytes.length) {
    return writeExactText(bytes, position, text);
  }
  const prefix = length < 0x80 ? 1 : 2;
  const written = native.utf8Write.call(bytes, text, position + prefix, length * 3);
  if (written !== length && utf8Length(text) !== written) return NOT_WRITTEN;
  if (written < 0x80) {
    bytes[position] = written;
    return position + 1 + written;
  }
  if (prefix === 1) bytes.copyWithin(position + 2, position + 1, position + 1 + written);
  bytes[position] = written | 0x80;
  bytes[position + 1] = written >>> 7;
  return position + 2 + written;
}

function writeExactText(bytes: Uint8Array, position: number, text: string): number {
  const length = utf8Length(text);
  if (length < 0) return NOT_WRITTEN;
  const at = writeVarint(bytes, position, length);
  if (at < 0 || at + length > bytes.length) return NOT_WRITTEN;
  return native === undefined || length < SHORT_WRITE
    ? writeUtf8(bytes, at, text)
    : at + native.utf8Write.call(bytes, text, at, length);
}

/** Writes LEB128 of 0 to 2^53-1 and returns the offset after it, or {@link NOT_WRITTEN}. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  if (position + varintSize(value) > bytes.length) return NOT_WRITTEN;
  let at = position;
  let rest = value;
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = rest | 0x80;
  bytes[at++] = rest;
  return at;
}

/** The text of `bytes[start..end)`, or `undefined` when that is not UTF-8, or more than a string holds. */
export function readText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < SHORT_READ || native === undefined) return readUtf8(bytes, start, end);
  if (end - start > MAX_TEXT) return undefined;
  const text = native.utf8Slice.call(bytes, start, end);
  // U+FFFD is what malformed bytes turn into, but it can also be meant.
  return text.includes("\ufffd") ? readUtf8(bytes, start, end) : text;
}
