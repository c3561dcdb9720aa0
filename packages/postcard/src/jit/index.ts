import { type Codec, EngineCodec } from "../codec.ts";
import { GeneratedEngine } from "../generated/engine.ts";
import { type Schema } from "../schema.ts";
import { type CodecOptions, wireOptions } from "../wire-format.ts";
import { compile } from "./compile.ts";

/**
 * Makes the codec of `schema` as `codec` does, of code that is generated for it with `new Function`: several times as
 * fast, where the host allows it. Nothing else in this package generates code.
 */
export function codec<T>(schema: Schema<T>, options: CodecOptions): Codec<T> {
  const wire = wireOptions(options);
  const generated = compile(schema.node, wire);
  return new EngineCodec(schema, options, new GeneratedEngine(schema.node, wire, generated));
}
