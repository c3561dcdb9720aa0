import type { ComponentBirth } from "@cantrip/camkes-rpc";

/** Birth data of a component with slots `firstSlot`..`firstSlot + 99`. */
export function birthOf(
  name: string,
  buffers: Readonly<Record<string, number>>,
  firstSlot: number,
  rest: Partial<ComponentBirth>,
): ComponentBirth {
  const threads = Object.fromEntries(
    Object.entries(buffers).map(([thread, ipcBuffer], index) => [
      thread,
      { tcb: 3 + index, ipcBuffer },
    ]),
  );
  return {
    name,
    profile: "cantrip",
    selfCNode: 2,
    selfVSpaceRoot: 3,
    firstSlot,
    lastSlot: firstSlot + 100,
    recvCNode: 4,
    recvCNodeDepth: 8,
    threads,
    preInit: 5,
    interfaceInit: 6,
    postInit: 7,
    semaphores: {},
    semaphoreValues: {},
    mutexes: {},
    clients: {},
    servers: {},
    dataports: {},
    interrupts: {},
    copyRegions: {},
    ...rest,
  };
}
