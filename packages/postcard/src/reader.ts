import { PostcardError, type PostcardErrorCode } from "./postcard-error.ts";

/** Where decoders read, bounds-checked. */
export class Reader {
  /** The buffer, read only up to its end. */
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  position: number;
  /** How many elements without bytes this message may still make: input does not limit them. */
  zeroSizeBudget: number;

  constructor(bytes: Uint8Array, position: number, zeroSizeBudget: number) {
    this.bytes = bytes;
    this.position = position;
    this.zeroSizeBudget = zeroSizeBudget;
  }

  /** Throws the error `code` at the present position. */
  fail(code: PostcardErrorCode, detail: string): never {
    throw new PostcardError(code, this.position, detail);
  }

  /** Passes `length` bytes and returns the offset of the first. */
  advance(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) {
      this.fail("DeserializeUnexpectedEnd", `${length} bytes expected`);
    }
    this.position = start + length;
    return start;
  }

  /** One raw byte. */
  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) this.fail("DeserializeUnexpectedEnd", "a byte expected");
    this.position += 1;
    return value;
  }

  /** `size` bytes (at most four) as an unsigned integer, little-endian. */
  fixed(size: number): number {
    const at = this.advance(size);
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      value = value * 0x100 + (this.bytes[at + index] ?? 0);
    }
    return value;
  }

  /** Eight bytes as an unsigned integer, little-endian. */
  fixed64(): bigint {
    const at = this.advance(8);
    this.position = at;
    const low = this.fixed(4);
    const high = this.fixed(4);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /**
   * LEB128 of at most `bits` bits. Above 2^53 the result is rounded, but stays above.
   *
   * Forms longer than needed are accepted, as in Rust.
   */
  varint(bits: number): number {
    const maxBytes = Math.ceil(bits / 7);
    let value = 0;
    let scale = 1;
    for (let index = 0; index < maxBytes; index++) {
      const byte = this.byte();
      if (index === maxBytes - 1 && byte >= 2 ** (bits - 7 * index)) {
        this.fail("DeserializeBadVarint", `more than ${bits} bits`);
      }
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return this.fail("DeserializeBadVarint", `more than ${bits} bits`);
  }

  /** LEB128 of 64 bits. */
  varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.byte();
      if (shift === 63n && byte > 1) this.fail("DeserializeBadVarint", "more than 64 bits");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.fail("DeserializeBadVarint", "more than 64 bits");
  }

  /** LEB128 as version 0.7 reads it: ten bytes at most, and bits above the 64th are dropped. */
  looseVarint(): number {
    const start = this.position;
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      value += (byte & (index === 9 ? 0x01 : 0x7f)) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    this.position = start;
    return this.fail("DeserializeBadVarint", "more than ten bytes");
  }
}
