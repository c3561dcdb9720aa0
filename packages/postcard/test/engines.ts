import { codec, type Codec, type CodecOptions, type Schema } from "@cantrip/postcard";

/** How an engine makes a codec. */
export type MakeCodec = <T>(schema: Schema<T>, options: CodecOptions) => Codec<T>;

/** Every engine; tests run on all of them. */
export const engines: readonly { readonly engine: string; readonly codec: MakeCodec }[] = [
  { engine: "closures", codec },
];
