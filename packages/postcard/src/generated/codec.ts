import { ClosureCodec } from "../codec.ts";
import { type Schema } from "../schema.ts";
import { type CodecOptions, type WireOptions, wireOptions } from "../wire-format.ts";
import { begin, Cursor } from "../cursor.ts";
import { GeneratedReader } from "./runtime.ts";

/** Writes `value` at `position` and returns the offset after it. */
type GeneratedEncode = (
  value: unknown,
  bytes: Uint8Array,
  position: number,
  writer: Cursor | undefined,
) => number;
/** Reads a value at `position` and leaves the offset after it in the reader. */
type GeneratedDecode = (
  bytes: Uint8Array,
  position: number,
  end: number,
  reader: GeneratedReader,
) => unknown;

/** Generated functions. */
export interface Generated {
  readonly encode: GeneratedEncode;
  readonly decode: GeneratedDecode;
  /** Whether `encode` takes the writer. */
  readonly usesWriter: boolean;
}

/** A codec of generated code. What that refuses goes to the closures, for the error or for the value. */
export class GeneratedCodec<T> extends ClosureCodec<T> {
  readonly #wire: WireOptions;
  readonly #encode: GeneratedEncode;
  readonly #decode: GeneratedDecode;
  readonly #usesWriter: boolean;
  readonly #reader: GeneratedReader;
  /** The writer, unless it is at work: reading a value can call anything. */
  #writer: Cursor | undefined;
  #wasExact = false;

  constructor(schema: Schema<T>, options: CodecOptions, generated: Generated) {
    super(schema, options);
    this.#wire = wireOptions(options);
    this.#encode = generated.encode;
    this.#decode = generated.decode;
    this.#usesWriter = generated.usesWriter;
    this.#reader = new GeneratedReader(this.#wire, false);
  }

  override encodeInto(value: T, bytes: Uint8Array, offset = 0): number {
    if (offset >>> 0 === offset && offset <= bytes.length) {
      try {
        return this.#usesWriter
          ? this.#encodeWith(value, bytes, offset)
          : this.#encode(value, bytes, offset, undefined);
      } catch {
        // The closures give the error.
      }
    }
    return super.encodeInto(value, bytes, offset);
  }

  #encodeWith(value: T, bytes: Uint8Array, offset: number): number {
    const writer = this.#writer ?? new Cursor(this.#wire, true);
    this.#writer = undefined;
    begin(writer, bytes, offset, bytes.length);
    const end = this.#encode(value, bytes, offset, writer);
    this.#writer = writer;
    return end;
  }

  protected override read(bytes: Uint8Array, offset: number, end: number): T {
    this.#wasExact = false;
    try {
      // The functions and T come from the same schema.
      return this.#decode(bytes, offset, end, this.#reader) as T;
    } catch {
      this.#wasExact = true;
      return super.read(bytes, offset, end);
    }
  }

  protected override get position(): number {
    return this.#wasExact ? super.position : this.#reader.position;
  }
}
