import { type KnownNames } from "./check/object-index.ts";
import { type CapdlDialect } from "./dialect.ts";
import { type CapdlSpec } from "./model.ts";
import { type CapdlDiagnostic, Diagnostics } from "./parse/diagnostics.ts";
import { ModuleParser } from "./parse/module-parser.ts";
import { PositionRecorder, type SpecPositions } from "./parse/positions.ts";

/** How {@link parseCapdl} reads. */
export interface ParseOptions {
  readonly dialect: CapdlDialect;
  /** Whether to note where everything is, which takes time and memory; default `false`. */
  readonly positions?: boolean;
}

/** A specification, or all mistakes that were found in its text, in the order of the text. */
export type ParseResult =
  | {
      readonly ok: true;
      readonly spec: CapdlSpec;
      /** What capDL-tool refuses and this package takes. */
      readonly extensions: readonly CapdlDiagnostic[];
      readonly positions?: SpecPositions;
    }
  | { readonly ok: false; readonly errors: readonly CapdlDiagnostic[] };

/**
 * Reads a specification in the capDL language, or a kernel's dump in it: a text whose first line is `-- Dump`.
 *
 * Elements of arrays (`a[4] = ep`) become objects named `a[0]` to `a[3]`; named and copied capabilities are followed. The
 * objects are in the order of the text. The loaders' rules are `checkSpec`'s business.
 */
export function parseCapdl(text: string, options: ParseOptions): ParseResult {
  return parseNamed(text, options).result;
}

/** The same, with what the parser knows of the names in its model. */
export function parseNamed(
  text: string,
  options: ParseOptions,
): { readonly result: ParseResult; readonly names: KnownNames } {
  const diagnostics = new Diagnostics(text);
  const extensions = new Diagnostics(text);
  const positions = options.positions === true ? new PositionRecorder(text) : undefined;
  const parser = new ModuleParser(text, {
    diagnostics,
    dialect: options.dialect,
    positions,
    extension: (offset, message) => {
      extensions.add(offset, message, "CAPDL0015");
    },
  });
  const spec = parser.parse();
  const { names } = parser;
  if (spec === undefined || diagnostics.count > 0)
    return { result: { ok: false, errors: diagnostics.list() }, names };
  const result = {
    ok: true,
    spec,
    extensions: extensions.list(),
    ...(positions === undefined ? {} : { positions }),
  } as const;
  return { result, names };
}
