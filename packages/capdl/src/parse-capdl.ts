import { type CapdlDialect } from "./dialect.ts";
import { type ModuleNode } from "./parse/ast.ts";
import { type CapdlDiagnostic, Diagnostics } from "./parse/diagnostics.ts";
import { ObjectTable } from "./parse/object-table.ts";
import { parseModule } from "./parse/parse-module.ts";
import { CapResolver } from "./parse/resolve-caps.ts";
import { type Spec } from "./spec.ts";

/** How {@link parseCapdl} reads. */
export interface ParseOptions {
  readonly dialect: CapdlDialect;
}

/** A specification, or all mistakes that were found, in the order of the text. */
export type ParseResult =
  | { readonly ok: true; readonly spec: Spec }
  | { readonly ok: false; readonly errors: readonly CapdlDiagnostic[] };

const ARCHITECTURES: readonly Spec["arch"][] = ["riscv", "arm11", "aarch64", "ia32", "x86_64"];

/**
 * Parses a specification in the capDL language.
 *
 * Names of capabilities are resolved, arrays become objects called `name[0]` and so on, and the objects come in
 * allocation order. Syntax errors are collected first; references are looked at when there are none.
 */
export function parseCapdl(text: string, options: ParseOptions): ParseResult {
  const { dialect } = options;
  const diagnostics = new Diagnostics(text);
  if (/^\s*-- Dump\s*(\n|$)/.test(text)) {
    diagnostics.add(0, "dumps of a kernel are not supported");
    return { ok: false, errors: diagnostics.list() };
  }
  const module = parseModule(text, dialect, diagnostics);
  if (diagnostics.count > 0) return { ok: false, errors: diagnostics.list() };
  const arch = ARCHITECTURES.find((name) => name === module.arch);
  if (arch === undefined) {
    diagnostics.add(module.archOffset, `unknown architecture ${module.arch}`);
    return { ok: false, errors: diagnostics.list() };
  }
  const table = new ObjectTable(diagnostics, dialect);
  table.declareAll(module.objects);
  const resolver = new CapResolver(table, diagnostics, dialect);
  resolver.resolve(module);
  checkDomains(module, diagnostics);
  if (diagnostics.count > 0) return { ok: false, errors: diagnostics.list() };
  const { irqs, cdt } = resolver;
  const spec: Spec = {
    arch,
    objects: table.objects(),
    irqs,
    ...(cdt.length === 0 ? {} : { cdt }),
    ...(module.domains === undefined ? {} : { domains: module.domains }),
  };
  return { ok: true, spec };
}

function checkDomains({ domains, archOffset }: ModuleNode, diagnostics: Diagnostics): void {
  if (domains === undefined) return;
  const { schedule, start } = domains;
  for (const [domain, duration] of schedule) {
    if (domain > 255) diagnostics.add(archOffset, `domain ${domain} is above 255`);
    if (duration === 0 && domain !== 0)
      diagnostics.add(archOffset, `domain ${domain} has no duration`);
  }
  if (start === "no_start" || schedule.length === 0) return;
  const first = schedule[start];
  if (first === undefined) {
    diagnostics.add(archOffset, `start index ${start} is outside of the schedule`);
  } else if (first[0] === 0 && first[1] === 0) {
    diagnostics.add(archOffset, `start index ${start} is the end of the schedule`);
  }
}
