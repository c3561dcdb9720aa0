import process from "node:process";
import { printCapdl } from "@cantrip/capdl";
import { specOf } from "../capdl-source.ts";
import { readArguments } from "./options.ts";

/** `cantrip capdl print [FILE]`: 0, or 1 for a specification that is refused. */
export function print(args: readonly string[]): number {
  const options = readArguments(args);
  const spec = specOf(options);
  if (spec === undefined) return 1;
  process.stdout.write(printCapdl(spec, { dialect: options.dialect }));
  return 0;
}
