import { type ObjectIndex } from "./object-index.ts";
import { type CapdlSpec } from "../model.ts";
import { type Findings } from "./findings.ts";
import { type Platform } from "./platform.ts";

/** A directory is in one ASID pool at most, a table in one directory; no table contains itself. */
export function checkTables(
  spec: CapdlSpec,
  objects: ObjectIndex,
  {
    findings,
    isToolOnly,
    platform,
  }: {
    readonly findings: Findings;
    readonly isToolOnly: boolean;
    readonly platform: Platform;
  },
): void {
  const holder = new Map<string, string>();
  for (const container of objects.containers) {
    const holds =
      container.kind === "asid_pool" ? "pd" : container.kind === "pd" ? "pt" : undefined;
    if (holds === undefined) continue;
    for (const { slot, cap } of container.slots) {
      if (cap.kind !== "object" || objects.get(cap.object)?.kind !== holds) continue;
      const other = holder.get(cap.object);
      if (other !== undefined && other !== container.name) {
        findings.add(
          "shared-table",
          container.name,
          `"${cap.object}" is in ${other} as well`,
          slot,
        );
      }
      holder.set(cap.object, container.name);
    }
  }
  if (!isToolOnly && platform.arch === "riscv") checkDepth(spec, objects, { findings, platform });
}

/** On riscv a table may be in a table: depth and sizes of frames must agree. */
function checkDepth(
  spec: CapdlSpec,
  objects: ObjectIndex,
  { findings, platform }: { readonly findings: Findings; readonly platform: Platform },
): void {
  const levels = platform.wordBits === 32 ? 2 : 3;
  const bitsPerLevel = platform.wordBits === 32 ? 10 : 9;
  const roots = new Set<string>();
  for (const object of objects.containers) {
    if (object.kind !== "tcb") continue;
    const root = object.slots.find(({ slot }) => slot === 1)?.cap;
    if (root?.kind === "object") roots.add(root.object);
  }
  const seen = new Set<string>();
  const visit = (name: string, level: number, path: readonly string[]): void => {
    const table = objects.get(name);
    if (table?.kind !== "pt") return;
    const key = `${name} ${level}`;
    if (seen.has(key)) return;
    seen.add(key);
    for (const { slot, cap } of table.slots) {
      if (cap.kind !== "object") continue;
      const target = objects.get(cap.object);
      if (target?.kind === "pt") {
        if (path.includes(target.name)) {
          findings.add("nested-table", name, `"${target.name}" contains itself`, slot);
        } else if (level + 1 >= levels) {
          findings.add("table-depth", name, `"${target.name}" is below the last level`, slot);
        } else visit(target.name, level + 1, [...path, target.name]);
      } else if (target?.kind === "frame") {
        const wanted = 12 + (levels - 1 - level) * bitsPerLevel;
        if (target.sizeBits !== wanted) {
          const text = `"${target.name}" has 2^${target.sizeBits} bytes, entries here map 2^${wanted}`;
          findings.add("table-depth", name, text, slot);
        }
      }
    }
  };
  for (const root of roots) visit(root, 0, [root]);
  // Tables that no thread uses may still contain themselves.
  for (const { name, kind } of objects.containers) {
    if (kind !== "pt" || roots.has(name)) continue;
    if (containsItself(name, objects))
      findings.add("nested-table", name, `"${name}" contains itself`);
  }
}

function containsItself(name: string, objects: ObjectIndex): boolean {
  const seen = new Set<string>();
  const stack = [name];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const table = objects.get(next);
    if (table?.kind !== "pt") continue;
    for (const { cap } of table.slots) {
      if (cap.kind !== "object") continue;
      if (cap.object === name) return true;
      if (!seen.has(cap.object)) {
        seen.add(cap.object);
        stack.push(cap.object);
      }
    }
  }
  return false;
}
