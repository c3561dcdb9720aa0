import process from "node:process";
import { parseArgs } from "node:util";
import {
  checkText,
  explainCapdl,
  findingsJson,
  findingsSarif,
  findingsText,
  printCapdl,
} from "@cantrip/capdl";
import { writeCapdlJson } from "@cantrip/capdl/json";
import { dot, svg } from "./capdl-pictures.ts";
import { type CapdlSource, specOf, specText } from "./capdl-source.ts";
import { UsageError } from "./usage-error.ts";

const VERBS = "check, print, json, dot, svg";

interface CapdlOptions extends CapdlSource {
  readonly rules: "all" | "tool";
  readonly format: "text" | "json" | "sarif";
}

/**
 * `cantrip capdl check|print|json|dot|svg [FILE] [--dialect upstream|cantrip]`. Returns the exit code: 0, or 1 for a
 * specification that is refused; for `svg` it comes later.
 */
export function capdl(args: readonly string[]): number | Promise<number> {
  const [verb, ...rest] = args;
  switch (verb) {
    case "check":
      return check(optionsOf(rest));
    case "print":
      return print(optionsOf(rest));
    case "json":
      return json(optionsOf(rest));
    case "dot":
      return dot(rest);
    case "svg":
      return svg(rest);
    default:
      throw new UsageError(`capdl ${verb ?? ""}: known: ${VERBS}`);
  }
}

/** `cantrip explain CODE`: the page of a diagnostic. */
export function explain(args: readonly string[]): number {
  const [code, ...more] = args;
  const rule = code === undefined || more.length > 0 ? undefined : explainCapdl(code);
  if (rule === undefined) throw new UsageError(`explain ${code ?? ""}: a code such as CAPDL0201`);
  const by = rule.isToolRule ? "checked by capDL-tool" : "not checked by capDL-tool";
  process.stdout.write(
    `${rule.code} (${rule.severity}, ${by}): ${rule.title}\n\n${rule.explanation}\n`,
  );
  return 0;
}

function check(options: CapdlOptions): number {
  const { file, dialect, rules, format } = options;
  if (file === undefined) throw new UsageError("capdl check: a file is needed");
  const text = specText(file);
  const { isAccepted, findings } = checkText(text, { dialect, rules });
  if (format === "json") process.stdout.write(findingsJson(findings, file));
  else if (format === "sarif") process.stdout.write(findingsSarif(findings, file));
  else process.stderr.write(findingsText(findings, file, text));
  return isAccepted ? 0 : 1;
}

function print(options: CapdlOptions): number {
  const spec = specOf(options);
  if (spec === undefined) return 1;
  process.stdout.write(printCapdl(spec, { dialect: options.dialect }));
  return 0;
}

/** Prints JSON; what it has no place for is told on the error output. */
function json(options: CapdlOptions): number {
  const spec = specOf(options);
  if (spec === undefined) return 1;
  const { text, leftOut } = writeCapdlJson(spec);
  for (const what of leftOut) process.stderr.write(`left out: ${what}\n`);
  process.stdout.write(`${text}\n`);
  return 0;
}

function optionsOf(args: readonly string[]): CapdlOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dialect: { type: "string", default: "upstream" },
        system: { type: "string", default: "sparrow" },
        profile: { type: "string", default: "cantrip" },
        rules: { type: "string", default: "all" },
        format: { type: "string", default: "text" },
      },
    });
    if (positionals.length > 1) throw new Error(`one file at most: ${positionals.join(" ")}`);
    return {
      dialect: oneOf("dialect", values.dialect, ["upstream", "cantrip"]),
      rules: oneOf("rules", values.rules, ["all", "tool"]),
      format: oneOf("format", values.format, ["text", "json", "sarif"]),
      system: values.system,
      profile: values.profile,
      file: positionals[0],
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<Choice extends string>(
  option: string,
  value: string,
  known: readonly Choice[],
): Choice {
  const choice = known.find((each) => each === value);
  if (choice === undefined) throw new Error(`--${option} ${value}: known: ${known.join(", ")}`);
  return choice;
}
