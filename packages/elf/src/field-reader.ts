import { ElfError } from "./elf-error.ts";

/** Reads header fields, little-endian, each within the file. */
export class FieldReader {
  readonly bytes: Uint8Array;
  /** Whether addresses, offsets and sizes have 64 bits. */
  readonly is64: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, is64: boolean) {
    this.bytes = bytes;
    this.is64 = is64;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Demands `length` bytes at `offset`. */
  check(offset: number, length: number, what: string): void {
    if (offset > this.bytes.length || length > this.bytes.length - offset) {
      throw new ElfError(
        "truncated",
        `${what}: ${length} bytes at ${offset} of a file of ${this.bytes.length}`,
      );
    }
  }

  /** A byte; the caller checked the bounds. */
  u8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  /** A half word; the caller checked the bounds. */
  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  /** A word; the caller checked the bounds. */
  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** An address, offset or size in the file's word size; the caller checked the bounds. */
  word(offset: number): number {
    if (!this.is64) return this.u32(offset);
    const value = this.u32(offset) + this.u32(offset + 4) * 2 ** 32;
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new ElfError("too-large", `a 64-bit field at ${offset} is above 2^53-1`);
    }
    return value;
  }

  /** Bytes up to a zero, as Latin-1, within `[offset, end)`. */
  text(offset: number, end: number): string {
    let text = "";
    for (let at = offset; at < end; at++) {
      const byte = this.bytes[at];
      if (byte === undefined || byte === 0) return text;
      text += String.fromCharCode(byte);
    }
    throw new ElfError("truncated", `the name at ${offset} has no end`);
  }
}
