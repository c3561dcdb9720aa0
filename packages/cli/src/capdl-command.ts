import { UsageError } from "./usage-error.ts";

type Subcommand = (args: readonly string[]) => number | Promise<number>;

/** Each is loaded when it is asked for. */
const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  check: async () => (await import("./capdl/check.ts")).check,
  print: async () => (await import("./capdl/print.ts")).print,
  json: async () => (await import("./capdl/json.ts")).json,
  dot: async () => (await import("./capdl-pictures.ts")).dot,
  svg: async () => (await import("./capdl-pictures.ts")).svg,
  size: async () => (await import("./capdl/size.ts")).size,
  diff: async () => (await import("./capdl/diff.ts")).diff,
  reach: async () => (await import("./capdl/reach.ts")).reach,
};

/** `cantrip capdl SUBCOMMAND …`. Returns the exit code: 0, or 1 for a specification that is refused. */
export async function capdl([verb, ...rest]: readonly string[]): Promise<number> {
  const known = Object.hasOwn(subcommands, verb ?? "");
  const load = known ? subcommands[verb ?? ""] : undefined;
  if (load === undefined)
    throw new UsageError(`capdl ${verb ?? ""}: known: ${Object.keys(subcommands).join(", ")}`);
  return (await load())(rest);
}
