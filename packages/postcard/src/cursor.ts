import { Failure, type PostcardErrorCode } from "./postcard-error.ts";
import { readUtf8, utf8Length, writeUtf8 } from "./utf8.ts";
import { varintSize } from "./varint-size.ts";
import { type WireOptions } from "./wire-format.ts";

/**
 * Where coders read or write: a window of a buffer. The functions here check its bounds, and write every item whole or
 * not at all, as Rust does. A codec has a cursor for each direction and uses it again.
 */
export class Cursor {
  /** The buffer, used only up to {@link end}. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  position = 0;
  end = 0;
  readonly options: WireOptions;
  readonly isWriting: boolean;
  /** How many schemas that may hold themselves are entered. */
  depth = 0;
  /** How many elements without bytes this message may still make: input does not limit them. */
  zst = 0;

  constructor(options: WireOptions, isWriting: boolean) {
    this.options = options;
    this.isWriting = isWriting;
  }
}

/** Begins a message. */
export function begin(cursor: Cursor, bytes: Uint8Array, position: number, end: number): void {
  cursor.bytes = bytes;
  cursor.position = position;
  cursor.end = end;
  cursor.depth = 0;
  cursor.zst = cursor.options.maxZst;
}

/** Throws the error `code` at `offset`. */
export function fail(
  cursor: Cursor,
  code: PostcardErrorCode,
  detail: string,
  offset: number = cursor.position,
): never {
  const failure: unknown = new Failure(code, offset, detail);
  throw failure;
}

/** Throws that a value is none of the schema's, or above a limit. */
export function refuse(cursor: Cursor, detail: string, offset?: number): never {
  return fail(cursor, cursor.isWriting ? "SerdeSerCustom" : "SerdeDeCustom", detail, offset);
}

/** Passes `length` bytes and returns the offset of the first. */
export function advance(cursor: Cursor, length: number): number {
  const start = cursor.position;
  if (length > cursor.end - start) {
    fail(
      cursor,
      cursor.isWriting ? "SerializeBufferFull" : "DeserializeUnexpectedEnd",
      `${length} bytes`,
    );
  }
  cursor.position = start + length;
  return start;
}

/** Enters a schema that may hold itself. */
export function enter(cursor: Cursor): void {
  if (++cursor.depth > cursor.options.maxDepth) refuse(cursor, "maxDepth");
}

/** Leaves it. */
export function leave(cursor: Cursor): void {
  cursor.depth -= 1;
}

/** Reads a byte of 0 or 1; another is the error `code`. */
export function readFlag(cursor: Cursor, code: PostcardErrorCode): boolean {
  const value = readFixed(cursor, 1);
  if (value > 1) fail(cursor, code, `byte ${value}`, cursor.position - 1);
  return value === 1;
}

/** Reads `size` bytes (at most eight) as an unsigned integer; above 2^53 it is rounded, but stays above. */
export function readFixed(cursor: Cursor, size: number, isBigEndian = false): number {
  const at = advance(cursor, size);
  let value = 0;
  for (let index = 0; index < size; index++) {
    value = value * 0x100 + (cursor.bytes[at + (isBigEndian ? index : size - 1 - index)] ?? 0);
  }
  return value;
}

/** Writes the low `size` bytes (at most eight) of an integer. */
export function writeFixed(cursor: Cursor, value: number, size: number, isBigEndian = false): void {
  const at = advance(cursor, size);
  let rest = value;
  for (let index = 0; index < size; index++) {
    cursor.bytes[at + (isBigEndian ? size - 1 - index : index)] = rest;
    rest = Math.floor(rest / 0x100);
  }
}

/** Passes `length` bytes, and gives a view of the buffer from them on. */
function passView(cursor: Cursor, length: number): DataView {
  const { buffer, byteOffset } = cursor.bytes;
  return new DataView(buffer, byteOffset + advance(cursor, length), length);
}

/** Reads eight or sixteen bytes as an unsigned integer. */
export function readFixedBig(cursor: Cursor, size: number, isBigEndian = false): bigint {
  const view = passView(cursor, size);
  const low = view.getBigUint64(isBigEndian ? size - 8 : 0, !isBigEndian);
  return size === 8 ? low : low | (view.getBigUint64(isBigEndian ? 0 : 8, !isBigEndian) << 64n);
}

/** Writes the low eight or sixteen bytes of an integer. */
export function writeFixedBig(
  cursor: Cursor,
  value: bigint,
  size: number,
  isBigEndian = false,
): void {
  const view = passView(cursor, size);
  if (size > 8) view.setBigUint64(isBigEndian ? 0 : 8, value >> 64n, !isBigEndian);
  view.setBigUint64(isBigEndian ? size - 8 : 0, value, !isBigEndian);
}

/** Reads an `f32` (`size` 4) or `f64` (8). */
export function readFloat(cursor: Cursor, size: number): number {
  const view = passView(cursor, size);
  return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

/** Writes an `f32` (`size` 4) or `f64` (8); the bits of a NaN are always the same. */
export function writeFloat(cursor: Cursor, value: number, size: number): void {
  if (Number.isNaN(value)) {
    writeFixed(cursor, size === 4 ? 0x7fc0_0000 : 0x7ff8 * 2 ** 48, size);
    return;
  }
  const view = passView(cursor, size);
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
}

/** Passes a LEB128 of at most `bits` bits. */
function passVarint(cursor: Cursor, bits: number): void {
  const start = cursor.position;
  for (let left = bits; left > 0; left -= 7) {
    const byte = cursor.bytes[advance(cursor, 1)] ?? 0;
    // The last byte has no room for a continuation, nor for more than the bits that are left.
    if (left <= 7 && byte >= 2 ** left) break;
    if (byte < 0x80) return;
  }
  fail(cursor, "DeserializeBadVarint", `more than ${bits} bits`, start);
}

/** The number that seven bits of each byte make; above 2^53 it is rounded. */
function digits(cursor: Cursor, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = value * 0x80 + ((cursor.bytes[at] ?? 0) & 0x7f);
  return value;
}

/**
 * Reads a LEB128 of at most `bits` bits. Above 2^53 the result is rounded, but stays above.
 *
 * Forms longer than needed are accepted, as in Rust.
 */
export function readVarint(cursor: Cursor, bits: number): number {
  const start = cursor.position;
  passVarint(cursor, bits);
  return digits(cursor, start, cursor.position);
}

/** Writes the LEB128 of an integer of 0 to 2^53-1. */
export function writeVarint(cursor: Cursor, value: number): void {
  let at = advance(cursor, varintSize(value));
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) cursor.bytes[at++] = (rest % 0x80) | 0x80;
  cursor.bytes[at] = rest;
}

/** Reads a LEB128 of 64 or 128 bits. */
export function readVarintBig(cursor: Cursor, bits: number): bigint {
  const start = cursor.position;
  passVarint(cursor, bits);
  const { position } = cursor;
  // Seven bytes at a time, which numbers hold.
  let value = 0n;
  for (let at = start; at < position; at += 7) {
    const part = digits(cursor, at, Math.min(at + 7, position));
    value |= BigInt(part) << BigInt((at - start) * 7);
  }
  return value;
}

/** Writes a LEB128 of any size. */
export function writeVarintBig(cursor: Cursor, value: bigint): void {
  if (value <= Number.MAX_SAFE_INTEGER) {
    writeVarint(cursor, Number(value));
    return;
  }
  let at = advance(cursor, Math.ceil(value.toString(2).length / 7));
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) cursor.bytes[at++] = Number(rest & 0x7fn) | 0x80;
  cursor.bytes[at] = Number(rest);
}

/** Reads the varint of a length or a discriminant of `bits` bits; version 0.7 drops bits above those of a word. */
export function readWord(cursor: Cursor, bits: number): number {
  const { isVarint, wordBits } = cursor.options;
  if (isVarint) return readVarint(cursor, bits);
  const start = cursor.position;
  const wholeBytes = Math.ceil(wordBits / 7) * 7;
  const value = readVarint(cursor, wholeBytes);
  if (value < 2 ** 32) return value;
  cursor.position = start;
  return Number(BigInt.asUintN(wordBits, readVarintBig(cursor, wholeBytes)));
}

/** Refuses more than `max` elements or bytes. */
function checkLimit(cursor: Cursor, length: number, max: number, offset?: number): void {
  const most = Math.min(max, cursor.options.maxLen);
  if (length > most) refuse(cursor, `length ${length} above ${most}`, offset);
}

/** Reads a length of at most `max`. */
export function readLength(cursor: Cursor, max: number): number {
  const start = cursor.position;
  const value = readWord(cursor, cursor.options.wordBits);
  checkLimit(cursor, value, max, start);
  return value;
}

/** Writes a length of at most `max`. */
export function writeLength(cursor: Cursor, length: number, max: number): void {
  checkLimit(cursor, length, max);
  writeVarint(cursor, length);
}

/** Reads a number of elements, which the budget limits if they take no bytes. */
export function readCount(cursor: Cursor, max: number, isEmpty: boolean): number {
  const start = cursor.position;
  const count = readLength(cursor, max);
  if (isEmpty && (cursor.zst -= count) < 0) {
    refuse(cursor, "maxZst", start);
  }
  return count;
}

/** Reads a discriminant below `count`. */
export function readDiscriminant(cursor: Cursor, count: number): number {
  const start = cursor.position;
  const value = readWord(cursor, 32);
  if (value >= count) {
    const code = value > 0xffff_ffff ? "DeserializeBadEnum" : "SerdeDeCustom";
    fail(cursor, code, `variant ${value} of ${count}`, start);
  }
  return value;
}

/** Reads a text of `length` bytes; if they are no UTF-8, that is the error `code`. */
export function readText(cursor: Cursor, length: number, code: PostcardErrorCode): string {
  const at = advance(cursor, length);
  const text = readUtf8(cursor.bytes, at, at + length);
  if (text === undefined) fail(cursor, code, "", at);
  return text;
}

/** Writes length and UTF-8 of a text of at most `max` bytes. */
export function writeText(cursor: Cursor, text: string, max: number): void {
  const length = utf8Length(text);
  if (length < 0) refuse(cursor, "lone surrogate");
  writeLength(cursor, length, max);
  writeUtf8(cursor.bytes, advance(cursor, length), text);
}

/** Throws that a value does not fit its schema. */
export function mismatch(cursor: Cursor, expected: string, value: unknown): never {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return refuse(cursor, `expected ${expected}, got ${typeof value}${isNumber ? ` ${value}` : ""}`);
}

/** Whether `value` has properties. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
