import { type Codec } from "../codec.ts";
import { GeneratedCodec } from "../generated/codec.ts";
import { type Schema } from "../schema.ts";
import { type CodecOptions, wireOptions } from "../wire-format.ts";
import { compile } from "./compile.ts";

/**
 * Makes the codec of `schema` as `codec` does, of code that is generated for it with `new Function`: several times as
 * fast, where the host allows it. Nothing else in this package generates code.
 */
export function codec<T>(schema: Schema<T>, options: CodecOptions): Codec<T> {
  return new GeneratedCodec(schema, options, compile(schema.node, wireOptions(options)));
}
