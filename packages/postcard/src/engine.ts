import { compileDecoder } from "./compile-decoder.ts";
import { compileEncoder, type Encoder } from "./compile-encoder.ts";
import { Failure, visible } from "./postcard-error.ts";
import { Reader } from "./reader.ts";
import { type SchemaNode } from "./schema-node.ts";
import { type WireOptions } from "./wire-format.ts";
import { Writer } from "./writer.ts";

/** What a codec is made from. All engines have the same results. */
export interface Engine {
  /** Writes `value` at `offset` and returns the offset after it. */
  encodeInto(value: unknown, bytes: Uint8Array, offset: number): number;
  /** The value in `bytes[offset..end)`. */
  decode(bytes: Uint8Array, offset: number, end: number): unknown;
  /** The offset behind the value that {@link decode} gave last. */
  position(): number;
}

/** The engine that generates no code. */
export class ClosureEngine implements Engine {
  readonly #node: SchemaNode;
  readonly #options: WireOptions;
  readonly #reader: Reader;
  #decoder: ReturnType<typeof compileDecoder> | undefined;
  #encoder: Encoder | undefined;
  /** The writer, unless it is at work: reading a value can call anything. */
  #writer: Writer | undefined;

  constructor(node: SchemaNode, options: WireOptions) {
    this.#node = node;
    this.#options = options;
    this.#reader = new Reader(options);
  }

  encodeInto(value: unknown, bytes: Uint8Array, offset: number): number {
    const writer = this.#writer ?? new Writer(this.#options);
    this.#writer = undefined;
    writer.start(bytes, offset);
    try {
      this.#encoder ??= compileEncoder(this.#node, this.#options);
      this.#encoder(writer, value);
    } catch (thrown) {
      throw visible(thrown);
    }
    this.#writer = writer;
    return writer.position;
  }

  decode(bytes: Uint8Array, offset: number, end: number): unknown {
    const reader = this.#reader;
    reader.start(bytes, offset, end);
    try {
      this.#decoder ??= compileDecoder(this.#node, this.#options);
      return this.#decoder(reader);
    } catch (thrown) {
      // The engine has no room for the value, or for another nested call.
      const isTooLarge = thrown instanceof RangeError;
      throw visible(
        isTooLarge ? new Failure("SerdeDeCustom", reader.position, thrown.message) : thrown,
      );
    }
  }

  position(): number {
    return this.#reader.position;
  }
}
