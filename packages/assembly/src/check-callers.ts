import type { Connection, SystemDescription } from "./description.ts";
import { threadNames } from "./thread-names.ts";

/** Finds mistakes in who calls what: `callers` of an instance's type. */
export function checkCallers(
  instance: string,
  system: SystemDescription,
  add: (message: string) => void,
): void {
  const type = system.components[instance]?.type;
  if (type?.callers === undefined) return;
  const threads = threadNames(instance, system);
  for (const [name, callers] of Object.entries(type.callers)) {
    const uses = type.uses ?? [];
    if (!uses.includes(name)) {
      const list = uses.length === 0 ? "none" : uses.join(", ");
      add(`callers of "${name}", which ${type.name} does not use; known: ${list}`);
    }
    if (callers.length === 0)
      add(`callers of "${name}": no thread; name one, as every client has at least a badge`);
    for (const thread of new Set(callers)) {
      if (!threads.includes(thread))
        add(`callers of "${name}": no thread "${thread}"; known: ${threads.join(", ")}`);
      if (callers.filter((other) => other === thread).length > 1)
        add(`callers of "${name}" have "${thread}" twice`);
    }
  }
}

/** Finds mistakes in whose a connection's pages are. */
export function checkBuffers(
  { connector, buffers }: Connection,
  add: (message: string) => void,
): void {
  if (buffers === undefined) return;
  if (!["thread", "component"].includes(buffers))
    add(`buffers "${buffers}"; known: thread, component`);
  if (connector !== "cantripRPCOverMultiSharedData")
    add(`buffers: ${connector} has no pages; only cantripRPCOverMultiSharedData has`);
}
