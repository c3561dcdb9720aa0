import type { ComponentType, SystemDescription } from "@cantrip/assembly";
import { componentTypes } from "@cantrip/assembly/cantrip";
import { type ComponentThread, MemoryClient, serve } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { loggerInterface } from "@cantrip/interfaces/logger";
import { memoryInterface } from "@cantrip/interfaces/memory";
import type { KernelConfig } from "@cantrip/sel4-config";

const ROUNDS = 3;
const FRAMES = 200;

/** Prints what the memory manager says of itself before, between and after three rounds of allocating and freeing. */
function* useMemory(thread: ComponentThread): Task<void> {
  const memory = new MemoryClient(thread);
  const { objectType } = thread.runtime.config;
  const objects = [
    { type: objectType.tcb, count: 1 },
    { type: objectType.endpoint, count: 4 },
    { type: objectType.page4K, count: FRAMES },
    { type: objectType.pageTable, count: 2 },
    { type: objectType.reply, count: 3 },
  ];
  const print = function* (when: string): Task<void> {
    const stats = yield* memory.stats();
    yield* thread.sel4.debugPrint(
      `${when}: ${stats.allocatedBytes} bytes and ${stats.allocatedObjs} objects in use, ` +
        `${stats.freeBytes} free, ${stats.overheadBytes} overhead\n`,
    );
  };
  yield* print("at first");
  for (let round = 1; round <= ROUNDS; round++) {
    const bundle = yield* memory.allocInToplevel(objects);
    yield* print(`round ${round}, allocated`);
    yield* memory.freeToplevel(bundle);
    yield* print(`round ${round}, freed`);
  }
  for (;;) yield* thread.sel4.yield();
}

const user: ComponentType = {
  name: "User",
  cnodeSizeBits: 9,
  uses: ["memory"],
  provides: ["logger"],
  interfaces: { memory: memoryInterface, logger: loggerInterface },
  program: {
    name: "User",
    create: () => ({}),
    threads: {
      control: { run: useMemory },
      logger: {
        run: (thread) =>
          serve(thread, "logger", loggerInterface, {
            *Log({ msg }) {
              yield* thread.sel4.debugPrint(`${msg}\n`);
              return undefined;
            },
          }),
      },
    },
  },
};

/** What the last line of a run begins with. */
export const LAST_ROUND = `round ${ROUNDS}, freed: `;

/** CantripOS's memory manager and one client, without a device: for any kernel and any board. */
export function memorySystem(kernel: KernelConfig, platform: string): SystemDescription {
  const connector = "cantripRPCOverMultiSharedData";
  return {
    ...{ name: "memory", kernel, platform },
    components: { memory_manager: { type: componentTypes.memoryManager }, user: { type: user } },
    connections: [
      { name: "memory", connector, from: ["user.memory"], to: "memory_manager.memory" },
      { name: "log", connector, from: ["memory_manager.logger"], to: "user.logger" },
    ],
  };
}
