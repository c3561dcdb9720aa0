import process from "node:process";
import { parseArgs } from "node:util";
import { buildBootImage } from "@cantrip/assembly";
import { printCapdl } from "@cantrip/capdl";
import { UsageError } from "./boot-arguments.ts";
import { findProfile, findSystem } from "./systems.ts";

/** `cantrip capdl print [--dialect cantrip|upstream] [--system NAME] [--profile NAME]`. Returns the exit code. */
export function capdl(args: readonly string[]): number {
  const [verb, ...rest] = args;
  if (verb !== "print") throw new UsageError(`capdl ${verb ?? ""}: known: print`);
  let values: { readonly dialect?: string; readonly system?: string; readonly profile?: string };
  try {
    ({ values } = parseArgs({
      args: rest,
      options: {
        dialect: { type: "string" },
        system: { type: "string" },
        profile: { type: "string" },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { dialect = "cantrip", system = "sparrow", profile = "cantrip" } = values;
  if (dialect !== "cantrip" && dialect !== "upstream") {
    throw new UsageError(`--dialect ${dialect}: known: cantrip, upstream`);
  }
  const { spec } = buildBootImage(findSystem(system, findProfile(profile), "sparrow"));
  process.stdout.write(printCapdl(spec, { dialect }));
  return 0;
}
