import { type Codec } from "../codec.ts";
import { type Coder } from "../coder.ts";
import { compile } from "../compile.ts";
import { type Generated, GeneratedCodec } from "../generated/codec.ts";
import { type AnySchema, type Schema } from "../schema.ts";
import { type CodecOptions, wireOptions } from "../wire-format.ts";

export {
  enter,
  failed,
  leave,
  putBytes,
  putText,
  putVarint,
  putWideWord,
  putWord,
  readCount,
  readFloat,
  writeFloat,
} from "../generated/runtime.ts";

/** Makes the codec of a module that `emit` wrote; only such modules call it. */
export function emittedCodec<T>(
  schema: Schema<T>,
  options: CodecOptions,
  rareSchemas: readonly AnySchema[],
  make: (rare: readonly Coder[]) => Generated,
): Codec<T> {
  const wire = wireOptions(options);
  const rare = rareSchemas.map(({ node }) => compile(node, wire));
  return new GeneratedCodec(schema, options, make(rare));
}
