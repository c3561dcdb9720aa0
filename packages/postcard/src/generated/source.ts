import { type SchemaNode } from "../schema-node.ts";
import { type WireOptions } from "../wire-format.ts";
import { separateNodes } from "./plan.ts";
import { SourceContext } from "./source-context.ts";
import { SourceDecoder } from "./source-decoder.ts";
import { SourceEncoder } from "./source-encoder.ts";

/** Names of the runtime that generated code uses, besides `failed`. */
export const RUNTIME_NAMES: readonly string[] = [
  "enter",
  "failed",
  "leave",
  "putBytes",
  "putText",
  "putVarint",
  "putWideWord",
  "putWord",
  "readCount",
  "readFloat",
  "writeFloat",
];

/** Source of functions that encode and decode a schema. */
export interface Source {
  /** Declarations; they use {@link RUNTIME_NAMES} and an array `rare` of closures. */
  readonly text: string;
  /** An object expression with what {@link Generated} has. */
  readonly generated: string;
  /** The types that are left to closures, in the order of `rare`. */
  readonly rare: readonly SchemaNode[];
}

/** Generates the source for a schema. All names in it go through `JSON.stringify`: a schema cannot add code. */
export function generateSource(node: SchemaNode, options: WireOptions): Source {
  const context = new SourceContext(options, separateNodes(node));
  const encoder = new SourceEncoder(context);
  const decoder = new SourceDecoder(context);
  const encode = encoder.entry(node);
  const decode = decoder.entry(node);
  const generated = `{encode:${encode},decode:${decode},usesWriter:${encoder.usesWriter}}`;
  return { text: `${encoder.text}${decoder.text}`, generated, rare: context.rare };
}
