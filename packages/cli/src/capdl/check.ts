import process from "node:process";
import { checkText, findingsJson, findingsSarif, findingsText } from "@cantrip/capdl";
import { specText } from "../capdl-source.ts";
import { UsageError } from "../usage-error.ts";
import { readArguments } from "./options.ts";

/** `cantrip capdl check FILE`: 0 accepted, 1 refused. */
export function check(args: readonly string[]): number {
  const options = readArguments(args, {
    rules: { type: "string", default: "all" },
    format: { type: "string", default: "text" },
  });
  const { file, dialect } = options;
  const rules = options.oneOf("rules", ["all", "tool"]);
  const format = options.oneOf("format", ["text", "json", "sarif"]);
  if (file === undefined) throw new UsageError("capdl check: a file is needed");
  const text = specText(file);
  const { isAccepted, findings } = checkText(text, { dialect, rules });
  if (format === "json") process.stdout.write(findingsJson(findings, file));
  else if (format === "sarif") process.stdout.write(findingsSarif(findings, file));
  else process.stderr.write(findingsText(findings, file, text));
  return isAccepted ? 0 : 1;
}
