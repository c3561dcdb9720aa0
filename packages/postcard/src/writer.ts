import { PostcardError } from "./postcard-error.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";

/** Where encoders write: a window of the caller's buffer, or a buffer that grows. */
export class Writer {
  /** The buffer; bytes before {@link position} are written. */
  bytes: Uint8Array;
  /** Offset of the next byte. */
  position: number;
  readonly #canGrow: boolean;

  constructor(bytes: Uint8Array, position: number, canGrow: boolean) {
    this.bytes = bytes;
    this.position = position;
    this.#canGrow = canGrow;
  }

  /** Makes room for `length` more bytes and returns the offset of the first. */
  reserve(length: number): number {
    const start = this.position;
    const end = start + length;
    if (end > this.bytes.length) {
      if (!this.#canGrow) {
        throw new PostcardError("SerializeBufferFull", start, `${length} more bytes do not fit`);
      }
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.position = end;
    return start;
  }

  /** One raw byte. */
  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  /** `size` bytes of an integer of at most 32 bits, little-endian. */
  fixed(value: number, size: number): void {
    const at = this.reserve(size);
    let rest = value;
    for (let index = 0; index < size; index++) {
      this.bytes[at + index] = rest;
      rest >>= 8;
    }
  }

  /** Eight bytes, little-endian. */
  fixed64(value: bigint): void {
    const at = this.reserve(8);
    const low = Number(BigInt.asUintN(32, value));
    const high = Number(BigInt.asUintN(32, value >> 32n));
    for (let index = 0; index < 4; index++) {
      this.bytes[at + index] = low >>> (index * 8);
      this.bytes[at + 4 + index] = high >>> (index * 8);
    }
  }

  /** LEB128 of an integer of 0 to 2^53-1. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
    let at = this.reserve(length);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[at] = rest;
  }

  /** LEB128 of an integer of 0 to 2^64-1. */
  varint64(value: bigint): void {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.varint(Number(value));
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80n; rest >>= 7n) length += 1;
    let at = this.reserve(length);
    let rest = value;
    while (rest >= 0x80n) {
      this.bytes[at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[at] = Number(rest);
  }

  /** Length and UTF-8 of `text`. */
  text(text: string): void {
    const length = utf8Length(text);
    if (length < 0) throw new PostcardError("SerdeSerCustom", this.position, "lone surrogate");
    this.varint(length);
    const at = this.reserve(length);
    writeUtf8(this.bytes, at, text);
  }

  /** Raw bytes. */
  raw(data: Uint8Array): void {
    const at = this.reserve(data.length);
    this.bytes.set(data, at);
  }
}
