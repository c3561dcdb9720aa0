import process from "node:process";
import { writeCapdlJson } from "@cantrip/capdl/json";
import { specOf } from "../capdl-source.ts";
import { readArguments } from "./options.ts";

/** `cantrip capdl json [FILE]`: prints JSON; what it has no place for is told on the error output. */
export function json(args: readonly string[]): number {
  const spec = specOf(readArguments(args));
  if (spec === undefined) return 1;
  const { text, leftOut } = writeCapdlJson(spec);
  for (const what of leftOut) process.stderr.write(`left out: ${what}\n`);
  process.stdout.write(`${text}\n`);
  return 0;
}
