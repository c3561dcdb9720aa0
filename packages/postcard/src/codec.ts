import { type Coder } from "./coder.ts";
import { compile } from "./compile.ts";
import { begin, Cursor } from "./cursor.ts";
import { Failure, PostcardError, type PostcardErrorCode, visible } from "./postcard-error.ts";
import { type TypedNode } from "./schema-node.ts";
import {
  type CodecOptions,
  type WireFormat,
  type WireOptions,
  wireOptions,
} from "./wire-format.ts";

/** What {@link Codec.safeDecode} returns. */
export type DecodeResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PostcardError };

/** Encodes and decodes values of type `T`. Every failure is a {@link PostcardError}. */
export interface Codec<T> {
  readonly format: WireFormat;
  /** The most bytes of a value, or `undefined` where there is no limit (postcard's `MaxSize`). */
  readonly maxSize: number | undefined;
  /**
   * Writes `value` at `offset` (default 0) of `bytes` and returns the offset after it.
   *
   * @throws PostcardError, also `SerializeBufferFull`; the buffer may then hold a part of the message.
   */
  encodeInto(value: T, bytes: Uint8Array, offset?: number): number;
  /** The bytes of `value`; those of small values lie in a buffer with others, as a Node.js `Buffer` does. */
  encode(value: T): Uint8Array;
  /** Number of bytes of `value`. */
  size(value: T): number;
  /** The value in `bytes[offset..end)`; bytes after it are ignored, as `from_bytes` does. */
  decode(bytes: Uint8Array, offset?: number, end?: number): T;
  /** Like `decode`, with the offset after the value (`take_from_bytes`). */
  take(
    bytes: Uint8Array,
    offset?: number,
    end?: number,
  ): { readonly value: T; readonly end: number };
  /** Like `decode`, with the error as a value. */
  safeDecode(bytes: Uint8Array, offset?: number, end?: number): DecodeResult<T>;
}

/** Messages of up to `MOST_POOLED` bytes share a buffer of `LEAST_CHUNK`. */
const MOST_POOLED = 0x1000;
const LEAST_CHUNK = 0x4000;
const MOST_BYTES = 0x4000_0000;
const EMPTY = new Uint8Array(0);

type Strict = NonNullable<CodecOptions["strict"]>;

/** Makes the codec of `schema`. Make it once: this walks the schema, the codec does not. */
export function codec<T>(schema: TypedNode<T>, options: CodecOptions): Codec<T> {
  return new ClosureCodec(schema, options);
}

/** The codec that generates no code; the other engines leave to it what they refuse. */
export class ClosureCodec<T> implements Codec<T> {
  readonly format: WireFormat;
  readonly #coder: Coder;
  readonly #wire: WireOptions;
  readonly #strict: Strict | undefined;
  readonly #reader: Cursor;
  /** The writer, unless it is at work: reading a value can call anything. */
  #writer: Cursor | undefined;
  /** Where messages are written, and up to where it is used. */
  #chunk: Uint8Array = EMPTY;
  #used = 0;
  /** Bytes of the last message. */
  #expected = 0x40;

  constructor(schema: TypedNode<T>, options: CodecOptions) {
    this.format = options.format;
    this.#wire = wireOptions(options);
    this.#coder = compile(schema.node, this.#wire);
    this.#strict = options.strict;
    this.#reader = new Cursor(this.#wire, false);
  }

  get maxSize(): number | undefined {
    const { max } = this.#coder;
    return max === Infinity ? undefined : max;
  }

  encodeInto(value: T, bytes: Uint8Array, offset = 0): number {
    checkRange(bytes, offset, bytes.length, "SerializeBufferFull");
    const writer = this.#writer ?? new Cursor(this.#wire, true);
    this.#writer = undefined;
    begin(writer, bytes, offset, bytes.length);
    try {
      this.#coder.encode(writer, value);
    } catch (thrown) {
      throw visible(thrown);
    }
    this.#writer = writer;
    return writer.position;
  }

  encode(value: T): Uint8Array {
    const { bytes, start, end } = this.#grow(value);
    this.#expected = end - start;
    if (this.#expected > MOST_POOLED) return bytes.slice(start, end);
    this.#chunk = bytes;
    this.#used = end;
    return bytes.subarray(start, end);
  }

  size(value: T): number {
    const { start, end } = this.#grow(value);
    return end - start;
  }

  /** Encodes into the chunk, or into ever larger new ones until one is large enough. */
  #grow(value: T): { readonly bytes: Uint8Array; readonly start: number; readonly end: number } {
    let bytes = this.#chunk;
    let start = this.#used;
    // Reading the value can call anything, this function too.
    this.#chunk = EMPTY;
    for (let needed = this.#expected; ; needed = bytes.length + 1) {
      if (bytes.length - start < needed) {
        bytes = new Uint8Array(Math.max(needed * 2, LEAST_CHUNK));
        start = 0;
      }
      try {
        return { bytes, start, end: this.encodeInto(value, bytes, start) };
      } catch (error) {
        const isFull = error instanceof PostcardError && error.code === "SerializeBufferFull";
        if (!isFull || needed > MOST_BYTES) throw error;
      }
    }
  }

  decode(bytes: Uint8Array, offset = 0, end: number = bytes.length): T {
    checkRange(bytes, offset, end, "DeserializeUnexpectedEnd");
    const value = this.read(bytes, offset, end);
    if (this.#strict !== undefined) this.#check(value, bytes, offset, end, this.#strict);
    return value;
  }

  /** The value in `bytes[offset..end)`, within the bounds of `bytes`. */
  protected read(bytes: Uint8Array, offset: number, end: number): T {
    const reader = this.#reader;
    begin(reader, bytes, offset, end);
    try {
      // The closures and T come from the same schema.
      return this.#coder.decode(reader) as T;
    } catch (thrown) {
      // The host has no room for the value, or for another nested call.
      const isTooLarge = thrown instanceof RangeError;
      throw visible(
        isTooLarge ? new Failure("SerdeDeCustom", reader.position, thrown.message) : thrown,
      );
    }
  }

  /** The offset behind the value that {@link read} gave last. */
  protected get position(): number {
    return this.#reader.position;
  }

  take(bytes: Uint8Array, offset = 0, end: number = bytes.length): { value: T; end: number } {
    const value = this.decode(bytes, offset, end);
    return { value, end: this.position };
  }

  safeDecode(bytes: Uint8Array, offset = 0, end: number = bytes.length): DecodeResult<T> {
    try {
      return { ok: true, value: this.decode(bytes, offset, end) };
    } catch (error) {
      if (error instanceof PostcardError) return { ok: false, error };
      throw error;
    }
  }

  #check(value: T, bytes: Uint8Array, offset: number, limit: number, strict: Strict): void {
    const { position } = this;
    if (strict.trailing === true && position !== limit) {
      throw new PostcardError("SerdeDeCustom", position, "trailing");
    }
    if (strict.canonical !== true) return;
    const expected = this.encode(value);
    if (
      offset + expected.length !== position ||
      expected.some((byte, index) => byte !== bytes[offset + index])
    ) {
      throw new PostcardError("DeserializeBadEncoding", offset, "canonical");
    }
  }
}

/** Throws `code` unless `bytes[offset..end)` is a part of `bytes`. */
function checkRange(bytes: Uint8Array, offset: number, end: number, code: PostcardErrorCode): void {
  if (!(offset >= 0 && offset <= end && end <= bytes.length && Number.isInteger(offset + end))) {
    throw new PostcardError(code, 0, `${offset} to ${end}`);
  }
}
