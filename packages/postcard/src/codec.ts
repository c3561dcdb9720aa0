import { compileDecoder } from "./compile-decoder.ts";
import { compileEncoder } from "./compile-encoder.ts";
import { PostcardError } from "./postcard-error.ts";
import { Reader } from "./reader.ts";
import { type Schema } from "./schema.ts";
import { type WireFormat } from "./wire-format.ts";
import { Writer } from "./writer.ts";

/** How a {@link Codec} works. */
export interface CodecOptions {
  /** There is no default: a message does not say which format it is in. */
  readonly format: WireFormat;
  /** Elements that take no bytes (`Vec<()>`) a message may have in all. Default 65536. Rust has no such limit. */
  readonly maxZeroSizeElements?: number;
}

/** What {@link Codec.safeDecode} returns. */
export type DecodeResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PostcardError };

/** Encodes and decodes values of type `T`. Every failure is a {@link PostcardError}. */
export interface Codec<T> {
  readonly format: WireFormat;
  /**
   * Writes `value` at `offset` (default 0) and returns the number of bytes written.
   *
   * @throws PostcardError, also `SerializeBufferFull`; the buffer may then hold a part of the message.
   */
  encodeInto(buffer: Uint8Array, value: T, offset?: number): number;
  /** The bytes of `value`, in an array of its own. */
  encode(value: T): Uint8Array;
  /** Number of bytes of `value`. */
  size(value: T): number;
  /** The value at `offset` (default 0); bytes after it are ignored, as `from_bytes` does. */
  decode(bytes: Uint8Array, offset?: number): T;
  /** Like `decode`, with the number of bytes read (`take_from_bytes`). */
  take(bytes: Uint8Array, offset?: number): { readonly value: T; readonly bytesRead: number };
  /** Like `decode`, with the error as a value. */
  safeDecode(bytes: Uint8Array, offset?: number): DecodeResult<T>;
}

/** Makes the codec of `schema`. Make it once: this walks the schema, the codec does not. */
export function codec<T>(schema: Schema<T>, options: CodecOptions): Codec<T> {
  const { format, maxZeroSizeElements = 0x1_0000 } = options;
  const encodeValue = compileEncoder(schema, format);
  const decodeValue = compileDecoder(schema, format);

  function grow(value: T): Writer {
    const writer = new Writer(new Uint8Array(64), 0, true);
    encodeValue(writer, value);
    return writer;
  }

  function take(bytes: Uint8Array, offset = 0): { value: T; bytesRead: number } {
    const start = checkedOffset(offset, "DeserializeUnexpectedEnd");
    const reader = new Reader(bytes, start, maxZeroSizeElements);
    // The decoder and T come from the same schema.
    const value = decodeValue(reader) as T;
    return { value, bytesRead: reader.position - start };
  }

  return {
    format,
    encodeInto(buffer, value, offset = 0) {
      const start = checkedOffset(offset, "SerializeBufferFull");
      const writer = new Writer(buffer, start, false);
      encodeValue(writer, value);
      return writer.position - start;
    },
    encode(value) {
      const writer = grow(value);
      return writer.bytes.slice(0, writer.position);
    },
    size: (value) => grow(value).position,
    decode: (bytes, offset) => take(bytes, offset).value,
    take,
    safeDecode(bytes, offset) {
      try {
        return { ok: true, value: take(bytes, offset).value };
      } catch (error) {
        if (error instanceof PostcardError) return { ok: false, error };
        throw error;
      }
    },
  };
}

function checkedOffset(
  offset: number,
  code: "SerializeBufferFull" | "DeserializeUnexpectedEnd",
): number {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new PostcardError(code, 0, `offset ${offset}`);
  }
  return offset;
}
