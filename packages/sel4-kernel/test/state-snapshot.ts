import type { KernelState } from "@cantrip/sel4-kernel";

const SKIPPED = new Set(["config", "port", "platform", "observer", "slots", "syscallError"]);

/** Everything that a kernel knows, as text with a line per field: objects are named by their physical address. */
export function stateSnapshot(kernel: KernelState): string {
  const lines: string[] = [];
  addFields(lines, "kernel", kernel);
  addFields(lines, "scheduler", kernel.scheduler);
  for (const [paddr, object] of kernel.objectsByPaddr) {
    addFields(lines, `${object.kind} ${paddr.toString(16)}`, object);
    if (object.kind !== "cnode" && object.kind !== "tcb") continue;
    for (const slot of object.slots) {
      if (slot.cap.type !== 0)
        addFields(lines, `slot ${paddr.toString(16)} ${slot.index}`, slot.cap);
    }
  }
  return lines.join("\n");
}

/** The fields of something as lines, but for those that say nothing and those that are left out. */
export function addFields(
  lines: string[],
  name: string,
  record: object,
  leftOut: ReadonlySet<string> = new Set(),
): void {
  for (const [field, value] of Object.entries(record))
    if (!SKIPPED.has(field) && !leftOut.has(field)) lines.push(`${name} ${field} ${text(value)}`);
}

function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Map) return `map of ${value.size}`;
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => (item === null ? [] : [`${index}:${text(item)}`])).join();
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as Int32Array).join();
  if ("paddr" in value && "kind" in value) return `${String(value.kind)}@${String(value.paddr)}`;
  if ("mdbNext" in value || "debugNext" in value) return "slot or thread";
  return Object.entries(value)
    .map(([field, inner]) => `${field}=${text(inner)}`)
    .join();
}
