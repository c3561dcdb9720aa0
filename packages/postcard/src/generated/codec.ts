import { EngineCodec } from "../codec.ts";
import { type Schema } from "../schema.ts";
import { type CodecOptions, wireOptions } from "../wire-format.ts";
import { type Generated, GeneratedEngine } from "./engine.ts";

/** A codec of generated code, which it calls without a detour wherever that has the same result. */
export class GeneratedCodec<T> extends EngineCodec<T> {
  readonly #generated: Generated;

  constructor(schema: Schema<T>, options: CodecOptions, generated: Generated) {
    super(schema, options, new GeneratedEngine(schema.node, wireOptions(options), generated));
    this.#generated = generated;
  }

  override encodeInto(value: T, bytes: Uint8Array, offset = 0): number {
    const { encode, usesWriter } = this.#generated;
    if (!usesWriter && offset >>> 0 === offset && offset <= bytes.length) {
      try {
        return encode(value, bytes, offset, undefined);
      } catch {
        // The engine gives the error.
      }
    }
    return super.encodeInto(value, bytes, offset);
  }
}
