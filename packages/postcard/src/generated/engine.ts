import { type Decoder } from "../compile-decoder.ts";
import { type Encoder } from "../compile-encoder.ts";
import { ClosureEngine, type Engine } from "../engine.ts";
import { type SchemaNode } from "../schema-node.ts";
import { type WireOptions } from "../wire-format.ts";
import { Writer } from "../writer.ts";
import { GeneratedReader } from "./runtime.ts";

/** Writes `value` at `position` and returns the offset after it. */
type GeneratedEncode = (
  value: unknown,
  bytes: Uint8Array,
  position: number,
  writer: Writer | undefined,
) => number;
/** Reads a value at `position` and leaves the offset after it in the reader. */
type GeneratedDecode = (
  bytes: Uint8Array,
  position: number,
  end: number,
  reader: GeneratedReader,
) => unknown;

/** Generated functions, and closures for the types that they leave to them. */
export interface Generated {
  readonly encode: GeneratedEncode;
  readonly decode: GeneratedDecode;
  /** Whether `encode` takes the writer. */
  readonly usesWriter: boolean;
}

/** Closures for the types that generated code leaves to them. */
export interface Rare {
  readonly encode: Encoder;
  readonly decode: Decoder;
}

/** An engine of generated code. What that refuses goes to the closures, for the error or for the value. */
export class GeneratedEngine implements Engine {
  readonly #options: WireOptions;
  readonly #generated: Generated;
  readonly #exact: ClosureEngine;
  readonly #reader: GeneratedReader;
  #writer: Writer | undefined;
  #wasExact = false;

  constructor(node: SchemaNode, options: WireOptions, generated: Generated) {
    this.#options = options;
    this.#generated = generated;
    this.#exact = new ClosureEngine(node, options);
    this.#reader = new GeneratedReader(options);
  }

  encodeInto(value: unknown, bytes: Uint8Array, offset: number): number {
    const { encode, usesWriter } = this.#generated;
    try {
      return usesWriter
        ? this.#encodeWith(encode, value, bytes, offset)
        : encode(value, bytes, offset, undefined);
    } catch {
      return this.#exact.encodeInto(value, bytes, offset);
    }
  }

  #encodeWith(encode: GeneratedEncode, value: unknown, bytes: Uint8Array, offset: number): number {
    // Reading the value can call anything, this function too.
    const writer = this.#writer ?? new Writer(this.#options);
    this.#writer = undefined;
    writer.start(bytes, offset);
    const end = encode(value, bytes, offset, writer);
    this.#writer = writer;
    return end;
  }

  decode(bytes: Uint8Array, offset: number, end: number): unknown {
    this.#wasExact = false;
    try {
      return this.#generated.decode(bytes, offset, end, this.#reader);
    } catch {
      this.#wasExact = true;
      return this.#exact.decode(bytes, offset, end);
    }
  }

  position(): number {
    return this.#wasExact ? this.#exact.position() : this.#reader.position;
  }
}
