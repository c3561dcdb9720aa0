import { parseArgs, type ParseArgsConfig } from "node:util";
import type { CapdlSource } from "../capdl-source.ts";
import { UsageError } from "../usage-error.ts";

/** Options of a subcommand besides those of {@link CapdlSource}: what `parseArgs` takes. */
type MoreOptions = NonNullable<ParseArgsConfig["options"]>;

/** Arguments of a subcommand of `cantrip capdl`, read. */
export interface CapdlArguments extends CapdlSource {
  /** Files in the order that they were given in. */
  readonly files: readonly string[];
  /** A string option's value. */
  value(option: string): string | undefined;
  /** The values of a string option that may be given several times. */
  values(option: string): readonly string[];
  /** A string option's value, of those that are known. @throws UsageError */
  oneOf<Choice extends string>(option: string, known: readonly Choice[]): Choice;
  /** Whether a boolean option was given. */
  has(option: string): boolean;
}

/**
 * Reads arguments: files, the options that choose a specification, and others.
 *
 * @param mostFiles - how many files there may be
 * @throws UsageError
 */
export function readArguments(
  args: readonly string[],
  more: MoreOptions = {},
  mostFiles = 1,
): CapdlArguments {
  const { values, positionals } = parse(args, more);
  if (positionals.length > mostFiles) {
    const limit = mostFiles === 1 ? "one file at most" : `${mostFiles} files at most`;
    throw new UsageError(`${limit}: ${positionals.join(" ")}`);
  }
  const value = (option: string): string | undefined => {
    const given = values[option];
    return typeof given === "string" ? given : undefined;
  };
  const oneOf = <Choice extends string>(option: string, known: readonly Choice[]): Choice => {
    const choice = known.find((each) => each === value(option));
    if (choice === undefined)
      throw new UsageError(`--${option} ${value(option) ?? ""}: known: ${known.join(", ")}`);
    return choice;
  };
  return {
    files: positionals,
    file: positionals[0],
    dialect: oneOf("dialect", ["upstream", "cantrip"]),
    system: value("system") ?? "",
    profile: value("profile") ?? "",
    value,
    values(option) {
      const given = values[option];
      return Array.isArray(given) ? given.map(String) : [];
    },
    oneOf,
    has: (option) => values[option] === true,
  };
}

function parse(
  args: readonly string[],
  more: MoreOptions,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dialect: { type: "string", default: "upstream" },
        system: { type: "string", default: "sparrow" },
        profile: { type: "string", default: "cantrip" },
        ...more,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
