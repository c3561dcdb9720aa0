import { encodeGrowing } from "./encode-growing.ts";
import { ClosureEngine, type Engine } from "./engine.ts";
import { maxSize } from "./max-size.ts";
import { PostcardError } from "./postcard-error.ts";
import { type Schema } from "./schema.ts";
import { type CodecOptions, type WireFormat, wireOptions } from "./wire-format.ts";

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

/** Small messages share a buffer of this size. */
const CHUNK_BYTES = 0x2000;
const MOST_POOLED = 0x400;
const NO_CHUNK = new Uint8Array(0);

/** Makes the codec of `schema`. Make it once: this walks the schema, the codec does not. */
export function codec<T>(schema: Schema<T>, options: CodecOptions): Codec<T> {
  return new EngineCodec(schema, options, new ClosureEngine(schema.node, wireOptions(options)));
}

/** A codec over any engine. */
export class EngineCodec<T> implements Codec<T> {
  readonly format: WireFormat;
  readonly maxSize: number | undefined;
  readonly #engine: Engine;
  readonly #isStrict: boolean;
  readonly #options: CodecOptions;
  /** Where small messages are written, and up to where it is used. */
  #chunk: Uint8Array = NO_CHUNK;
  #used = 0;
  /** Bytes of the last message. */
  #expected = 64;

  constructor(schema: Schema<T>, options: CodecOptions, engine: Engine) {
    this.format = options.format;
    this.maxSize = maxSize(schema.node, wireOptions(options));
    this.#engine = engine;
    this.#options = options;
    const { canonical = false, trailing = false } = options.strict ?? {};
    this.#isStrict = canonical || trailing;
  }

  encodeInto(value: T, bytes: Uint8Array, offset = 0): number {
    if (!(offset >= 0 && offset <= bytes.length && Number.isInteger(offset))) {
      throw new PostcardError("SerializeBufferFull", 0, `offset ${offset}`);
    }
    return this.#engine.encodeInto(value, bytes, offset);
  }

  encode(value: T): Uint8Array {
    let chunk = this.#chunk;
    let start = this.#used;
    if (chunk.length - start < this.#expected) {
      if (this.#expected > MOST_POOLED) return this.#encodeLarge(value);
      chunk = new Uint8Array(CHUNK_BYTES);
      start = 0;
    }
    // Reading the value can call anything, this function too.
    this.#chunk = NO_CHUNK;
    this.#used = 0;
    let end: number;
    try {
      end = this.#engine.encodeInto(value, chunk, start);
    } catch (error) {
      this.#chunk = chunk;
      this.#used = start;
      if (error instanceof PostcardError && error.code === "SerializeBufferFull") {
        return this.#encodeLarge(value);
      }
      throw error;
    }
    this.#chunk = chunk;
    this.#expected = end - start;
    if (end - start > MOST_POOLED) {
      this.#used = start;
      return chunk.slice(start, end);
    }
    this.#used = end;
    return chunk.subarray(start, end);
  }

  #encodeLarge(value: T): Uint8Array {
    const { bytes, end } = encodeGrowing((buffer) => this.#engine.encodeInto(value, buffer, 0));
    this.#expected = Math.min(end, CHUNK_BYTES);
    return bytes.slice(0, end);
  }

  size(value: T): number {
    return encodeGrowing((bytes) => this.#engine.encodeInto(value, bytes, 0)).end;
  }

  decode(bytes: Uint8Array, offset = 0, end: number = bytes.length): T {
    if (!(offset >= 0 && offset <= end && end <= bytes.length && Number.isInteger(offset + end))) {
      throw new PostcardError("DeserializeUnexpectedEnd", 0, `bytes ${offset} to ${end}`);
    }
    // The engine and T come from the same schema.
    const value = this.#engine.decode(bytes, offset, end) as T;
    if (this.#isStrict) this.#check(value, bytes, offset, end);
    return value;
  }

  take(bytes: Uint8Array, offset = 0, end: number = bytes.length): { value: T; end: number } {
    const value = this.decode(bytes, offset, end);
    return { value, end: this.#engine.position() };
  }

  safeDecode(bytes: Uint8Array, offset = 0, end: number = bytes.length): DecodeResult<T> {
    try {
      return { ok: true, value: this.decode(bytes, offset, end) };
    } catch (error) {
      if (error instanceof PostcardError) return { ok: false, error };
      throw error;
    }
  }

  #check(value: T, bytes: Uint8Array, offset: number, end: number): void {
    const { canonical = false, trailing = false } = this.#options.strict ?? {};
    const position = this.#engine.position();
    if (trailing && position !== end) {
      throw new PostcardError("SerdeDeCustom", position, `${end - position} bytes follow`);
    }
    if (!canonical) return;
    const expected = this.encode(value);
    let at = 0;
    while (at < expected.length && expected[at] === bytes[offset + at]) at++;
    if (at < expected.length || offset + at !== position) {
      throw new PostcardError("DeserializeBadEncoding", offset + at, "not the canonical form");
    }
  }
}
