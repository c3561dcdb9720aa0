import type { SystemDescription } from "./description.ts";
import { splitEnd } from "./split-end.ts";
import { threadNames } from "./thread-names.ts";

/** Bits of a badge on a 32-bit kernel. */
const BADGE_BITS = 28;

/** Finds mistakes in the threads that wait for several interfaces: `sharedThreads` of an instance's type. */
export function checkSharedThreads(
  instance: string,
  system: SystemDescription,
  add: (message: string) => void,
): void {
  const type = system.components[instance]?.type;
  if (type?.sharedThreads === undefined) return;
  if (type.program === undefined) add(`shared threads: ${type.name} has no program`);
  const threads = threadNames(instance, system);
  const signalled = system.connections.flatMap(({ connector, from }) =>
    connector === "cantripRPCCallSignal" ? from : [],
  );
  const isSignal = (name: string): boolean =>
    type.uses?.includes(name) === true && signalled.includes(`${instance}.${name}`);
  const seen = new Map<string, string>();
  for (const [thread, names] of Object.entries(type.sharedThreads)) {
    if (!threads.includes(thread))
      add(`shared thread "${thread}", which does not exist; known: ${threads.join(", ")}`);
    if (names.length === 0) add(`shared thread "${thread}" waits for nothing`);
    for (const name of names) {
      if (type.consumes?.includes(name) !== true && !isSignal(name))
        add(
          `shared thread "${thread}": "${name}" is neither consumed nor used over cantripRPCCallSignal`,
        );
      const other = seen.get(name);
      if (other !== undefined)
        add(
          other === thread
            ? `shared thread "${thread}" has "${name}" twice`
            : `shared threads "${other}" and "${thread}" both wait for "${name}"`,
        );
      seen.set(name, thread);
    }
    const sources = system.connections
      .filter(({ connector, to }) => connector === "cantripIRQ" && names.includes(ownName(to)))
      .reduce((sum, { from }) => sum + from.length, names.filter(isSignal).length);
    if (sources > BADGE_BITS)
      add(`shared thread "${thread}" has ${sources} sources; ${BADGE_BITS} are possible`);
  }

  function ownName(end: string): string {
    const [owner, name] = splitEnd(end);
    return owner === instance ? name : "";
  }
}
