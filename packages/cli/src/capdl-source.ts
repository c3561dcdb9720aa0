import { readFileSync } from "node:fs";
import process from "node:process";
import { buildBootImage } from "@cantrip/assembly";
import { type CapdlDialect, type CapdlSpec, findingsText, parseCapdl } from "@cantrip/capdl";
import { findProfile, findSystem } from "./systems.ts";
import { UsageError } from "./usage-error.ts";

/** Where a specification comes from: a file, or a system when there is no file. */
export interface CapdlSource {
  readonly file: string | undefined;
  readonly dialect: CapdlDialect;
  readonly system: string;
  readonly profile: string;
}

/** The specification of the file, or of the system; `undefined` when it is refused, of which the reasons are printed. */
export function readSpec({ file, dialect, system, profile }: CapdlSource): CapdlSpec | undefined {
  if (file === undefined) {
    return buildBootImage(findSystem(system, findProfile(profile), "sparrow")).spec;
  }
  const text = readText(file);
  const parsed = parseCapdl(text, { dialect });
  if (parsed.ok) return parsed.spec;
  const findings = parsed.errors.map((error) => ({ ...error, severity: "error" as const }));
  process.stderr.write(findingsText(findings, file, text));
  return undefined;
}

/** A file's text. @throws UsageError when it cannot be read */
export function readText(file: string): string {
  try {
    // A byte order mark stays, so that it is refused.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
