import { type Coder } from "../coder.ts";
import { compile as compileClosures } from "../compile.ts";
import { type Generated } from "../generated/codec.ts";
import * as runtime from "../generated/runtime.ts";
import { generateSource, RUNTIME_NAMES } from "../generated/source.ts";
import { type SchemaNode } from "../schema-node.ts";
import { type WireOptions } from "../wire-format.ts";

/** Generates the functions of a schema. */
export function compile(node: SchemaNode, options: WireOptions): Generated {
  const { text, generated, rare } = generateSource(node, options);
  const closures = rare.map((each) => compileClosures(each, options));
  const source = `"use strict";const {${RUNTIME_NAMES.join(",")}}=runtime;\n${text}return ${generated};`;
  // This is the one place that generates code: who imports it asks for that. Names are quoted, so that none is code.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function("runtime", "rare", source) as (
    runtime: unknown,
    rare: readonly Coder[],
  ) => Generated;
  return make(runtime, closures);
}
