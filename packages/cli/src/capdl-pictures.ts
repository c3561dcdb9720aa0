import process from "node:process";
import { parseArgs } from "node:util";
import { type CapdlDialect } from "@cantrip/capdl";
import { capdlDot, type DotView } from "@cantrip/capdl/dot";
import { type Graphviz, renderSvg } from "@cantrip/capdl/svg";
import { type CapdlSource, specOf } from "./capdl-source.ts";
import { UsageError } from "./usage-error.ts";

const DIALECTS: readonly string[] = ["upstream", "cantrip"] satisfies readonly CapdlDialect[];
const VIEWS = "whole, component, reach, thread";

/** `cantrip capdl dot [FILE] [--view whole|component|reach|thread --of NAME]`: a graph for Graphviz. */
export function dot(args: readonly string[]): number {
  const text = drawn(args);
  if (text === undefined) return 1;
  process.stdout.write(text);
  return 0;
}

/** `cantrip capdl svg`: the same as a picture. */
export async function svg(args: readonly string[]): Promise<number> {
  const text = drawn(args);
  if (text === undefined) return 1;
  const { instance } = await import("@viz-js/viz");
  const graphviz: Graphviz = await instance();
  process.stdout.write(renderSvg(text, graphviz));
  return 0;
}

/** The graph that the arguments ask for; `undefined` for a specification that is refused. */
function drawn(args: readonly string[]): string | undefined {
  const { source, view } = optionsOf(args);
  const spec = specOf(source);
  if (spec === undefined) return undefined;
  try {
    return capdlDot(spec, view);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--of: ${error.message}`);
    throw error;
  }
}

function optionsOf(args: readonly string[]): {
  readonly source: CapdlSource;
  readonly view: DotView;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dialect: { type: "string", default: "upstream" },
        system: { type: "string", default: "sparrow" },
        profile: { type: "string", default: "cantrip" },
        view: { type: "string", default: "whole" },
        of: { type: "string" },
      },
    });
    const [file, ...more] = positionals;
    if (more.length > 0) throw new Error(`one file at most: ${positionals.join(" ")}`);
    const { dialect, system, profile } = values;
    if (!isDialect(dialect)) throw new Error(`--dialect ${dialect}: known: ${DIALECTS.join(", ")}`);
    return { source: { file, dialect, system, profile }, view: viewOf(values.view, values.of) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isDialect(dialect: string): dialect is CapdlDialect {
  return DIALECTS.includes(dialect);
}

function viewOf(view: string, of: string | undefined): DotView {
  switch (view) {
    case "whole":
    case "reach":
      if (of !== undefined) throw new Error(`--of belongs to --view component and --view thread`);
      return { view };
    case "component":
    case "thread":
      if (of === undefined) throw new Error(`--view ${view} needs --of NAME`);
      return { view, of };
    default:
      throw new Error(`--view ${view}: known: ${VIEWS}`);
  }
}
