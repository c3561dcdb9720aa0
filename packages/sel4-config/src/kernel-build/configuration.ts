import type { KernelBuildFile, Report } from "./kernel-build.ts";
import { linesOf, type Macros } from "./preprocessor.ts";

/** The settings of `gen_config`, as macros: `CONFIG_…`, `1` for one that is on. */
export function readConfiguration(file: KernelBuildFile, report: Report): Macros {
  return file.text.trimStart().startsWith("{") ? readJson(file, report) : readHeader(file);
}

function readJson(file: KernelBuildFile, report: Report): Macros {
  const macros = new Map<string, string>();
  for (const [name, value] of Object.entries(parseObject(file, report) ?? {})) {
    if (value === true) macros.set(`CONFIG_${name}`, "1");
    else if (typeof value === "string") macros.set(`CONFIG_${name}`, value);
    else if (typeof value === "number") macros.set(`CONFIG_${name}`, String(value));
    else if (value !== false) {
      report(file.name, `${name}: ${kindOf(value)}`, "text, a number, true or false");
    }
  }
  return macros;
}

/** The object that a JSON text is; otherwise reports, and returns `undefined`. */
export function parseObject(file: KernelBuildFile, report: Report): object | undefined {
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch (error) {
    report(file.name, error instanceof Error ? error.message : String(error), "JSON");
    return undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  report(file.name, file.text.slice(0, 40), "a JSON object");
  return undefined;
}

function readHeader(file: KernelBuildFile): Macros {
  const macros = new Map<string, string>();
  for (const { text } of linesOf(file.text)) {
    const [, name, value = ""] = /^#\s*define\s+(CONFIG_\w+)(?:\s+(.*))?$/.exec(text) ?? [];
    if (name !== undefined) macros.set(name, value);
  }
  return macros;
}

/** A value of JSON in a few words. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return value === undefined ? "missing" : JSON.stringify(value);
}
