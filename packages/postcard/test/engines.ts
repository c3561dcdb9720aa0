import * as p from "@cantrip/postcard";
import { codec, type Codec, type CodecOptions, type Schema } from "@cantrip/postcard";
import { emit } from "@cantrip/postcard/aot";
import * as runtime from "@cantrip/postcard/aot-runtime";
import { codec as jitCodec } from "@cantrip/postcard/jit";

/** How an engine makes a codec. */
export type MakeCodec = <T>(schema: Schema<T>, options: CodecOptions) => Codec<T>;

/** The codec of an emitted module, with its imports given to it. */
function aotCodec<T>(schema: Schema<T>, options: CodecOptions): Codec<T> {
  const text = emit({ Emitted: schema }, options)
    .replace(/^import \* as p from "@cantrip\/postcard";$/m, "")
    .replace(/^import (\{[^}]*\}) from "@cantrip\/postcard\/aot-runtime";$/m, "const $1 = runtime;")
    .replace("export const Emitted =", "return");
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- an emitted module
  const module = new Function("p", "runtime", `"use strict";${text}`) as (
    ...imports: readonly unknown[]
  ) => Codec<T>;
  return module(p, runtime);
}

/** Every engine; tests run on all of them. */
export const engines: readonly { readonly engine: string; readonly codec: MakeCodec }[] = [
  { engine: "closures", codec },
  { engine: "jit", codec: jitCodec },
  { engine: "aot", codec: aotCodec },
];
