import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { MemoryPrivilege } from "@cantrip/interfaces/memory";
import { SecurityPrivilege } from "@cantrip/interfaces/security";
import { INTERFACES, NAMES } from "./rogue-interfaces.ts";

const THREADLESS: readonly string[] = ["timer", "mlcoord"];

/** What the components of a system with a rogue do. */
export interface RogueRoles {
  readonly rogue: (thread: ComponentThread) => Task<void>;
  /** Needs the same services. */
  readonly witness: (thread: ComponentThread) => Task<void>;
  /** Has `uart_read`. */
  readonly reader: (thread: ComponentThread) => Task<void>;
}

/**
 * Sparrow with a rogue, a witness and a reader, who waits for input, and so cannot be the rogue: the driver has one thread
 * for all who read.
 */
export function sparrowWithRogue({ rogue, witness, reader }: RogueRoles): SystemDescription {
  const typeOf = (
    name: string,
    uses: readonly string[],
    run: (thread: ComponentThread) => Task<void>,
  ): ComponentType => ({
    ...{ name, uses, threadless: uses.filter((end) => THREADLESS.includes(end)) },
    ...{ cnodeHeadroom: 64, copyRegions: ["PAGE"] },
    stackBytes: { control: 16_384 },
    program: { name, create: () => ({}), threads: { control: { run } } },
  });
  const witnessed = ["timer", "memory", "security"];
  const join: Record<string, `${string}.${string}`[]> = { read_call: ["reader.uart_read"] };
  for (const name of NAMES) {
    const ends: `${string}.${string}`[] = [`rogue.${name}`];
    if (witnessed.includes(name)) ends.push(`witness.${name}`);
    join[INTERFACES[name][0]] = ends;
  }
  const keys = [SecurityPrivilege.Keys];
  return extendSystem(sparrow(), {
    components: {
      rogue: {
        type: typeOf("Rogue", NAMES, rogue),
        privileges: { memory: [MemoryPrivilege.DeviceMemory], security: keys },
      },
      witness: { type: typeOf("Witness", witnessed, witness), privileges: { security: keys } },
      reader: { type: typeOf("Reader", ["uart_read"], reader) },
    },
    join,
  });
}
