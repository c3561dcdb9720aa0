import { readFileSync } from "node:fs";
import process from "node:process";
import { buildBootImage } from "@cantrip/assembly";
import { type CapdlDialect, type CapdlSpec, findingsText, parseCapdl } from "@cantrip/capdl";
import { UsageError } from "./usage-error.ts";
import { findProfile, findSystem } from "./systems.ts";

/** Where a specification comes from: a file, or, without one, a system. */
export interface CapdlSource {
  readonly file: string | undefined;
  readonly dialect: CapdlDialect;
  readonly system: string;
  readonly profile: string;
}

/**
 * The specification of a file, or of a system; `undefined` when its text is refused, of which the reasons are printed.
 *
 * @throws UsageError when there is no such file or system
 */
export function specOf({ file, dialect, system, profile }: CapdlSource): CapdlSpec | undefined {
  if (file === undefined) {
    return buildBootImage(findSystem(system, findProfile(profile), "sparrow")).spec;
  }
  const text = specText(file);
  const parsed = parseCapdl(text, { dialect });
  if (parsed.ok) return parsed.spec;
  const findings = parsed.errors.map((error) => ({ ...error, severity: "error" as const }));
  process.stderr.write(findingsText(findings, file, text));
  return undefined;
}

/** The text of a file. @throws UsageError when it cannot be read */
export function specText(file: string): string {
  try {
    // A byte order mark stays, so that it is refused.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
