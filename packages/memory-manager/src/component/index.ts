import { powerOfTwo } from "@cantrip/sel4-config";
import {
  type ComponentDefinition,
  type ComponentThread,
  hasPrivilege,
  type RpcCaller,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { memoryInterface, MemoryManagerError, MemoryPrivilege } from "@cantrip/interfaces/memory";
import { Logger } from "@cantrip/logger";
import { MemoryFailure } from "../memory-failure.ts";
import { type LeafReport, MemoryManager } from "../memory-manager.ts";
import { collectDevices, collectSlabs, heldPieces, readHandOver } from "./hand-over.ts";
import { SeL4Memory } from "./sel4-memory.ts";

const LOG_TARGET = "cantrip_memory_component";

/** What the threads share once the control thread has set it up. */
interface Ready {
  readonly manager: MemoryManager;
  readonly memory: SeL4Memory;
  readonly kernelReservedBytes: number;
}

/** The memory manager's two threads: `control` takes the memory over, `memory` serves. */
export const memoryManagerComponent: ComponentDefinition<{ ready?: Ready }> = {
  name: "memory_manager",
  create: () => ({}),
  threads: {
    control: {
      *preInit(thread, state): Task<void> {
        state.ready = yield* setUp(thread);
      },
      *run(thread, state): Task<void> {
        const { manager, kernelReservedBytes } = readyOf(state);
        const { allocatedBytes, freeBytes, overheadBytes } = manager.lastStats;
        yield* new Logger(thread).info(
          LOG_TARGET,
          `Global memory: ${allocatedBytes} allocated ${freeBytes} free, reserved: ${kernelReservedBytes} kernel ${overheadBytes} user`,
        );
      },
    },
    memory: {
      run: (thread, state) => serveMemory(thread, readyOf(state)),
    },
  },
};

function readyOf(state: { readonly ready?: Ready }): Ready {
  if (state.ready === undefined) throw new Error("the control thread has not set up");
  return state.ready;
}

function* setUp(thread: ComponentThread): Task<Ready> {
  const { birth, runtime } = thread;
  const handOver = readHandOver(thread);
  const { empty, kernelReservedBytes } = handOver.bootInfo;
  // Behind the compiled-in capabilities the root server has put the holding CNode and the untypeds.
  if (runtime.slots.alloc(empty.start - birth.firstSlot) !== birth.firstSlot) {
    throw new RangeError(`slots from ${birth.firstSlot} to ${empty.start} are not free`);
  }
  const memory = new SeL4Memory(thread);
  const manager = new MemoryManager(memory, runtime.config);
  const slabs = yield* collectSlabs(memory, handOver);
  const devices = yield* collectDevices(memory, handOver);
  yield* manager.setUp(slabs, devices, heldPieces(memory, handOver));
  return { manager, memory, kernelReservedBytes };
}

function* serveMemory(thread: ComponentThread, { manager, memory }: Ready): Task<void> {
  memory.use(thread);
  const logger = new Logger(thread);
  yield* serve(
    thread,
    "memory",
    memoryInterface,
    {
      *Alloc({ bundle, lifetime }, caller) {
        yield* refusing(manager.alloc(bundle, lifetime, cnodeOf(caller), caller.badge));
        return undefined;
      },
      *Free(bundle, caller) {
        yield* refusing(manager.free(bundle, cnodeOf(caller), caller.badge));
        return undefined;
      },
      *Stats() {
        return { value: yield* manager.stats() };
      },
      *Debug() {
        for (const leaf of yield* manager.leaves()) {
          yield* logger.info(markOf(leaf), describeLeaf(leaf));
        }
        return undefined;
      },
      *Capscan() {
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        return undefined;
      },
      *AllocDevice({ bundle, paddr }, caller) {
        if (!hasPrivilege(thread, "memory", caller.badge, MemoryPrivilege.DeviceMemory))
          throw new RpcFailure(MemoryManagerError.NotPermitted, "no device memory for this client");
        yield* refusing(manager.allocDevice(bundle, paddr, cnodeOf(caller), caller.badge));
        return undefined;
      },
      *Usage() {
        return { value: yield* manager.usage() };
      },
    },
    {
      *onError(request, error) {
        yield* logger.error(LOG_TARGET, `${request}: ${String(error)}`);
      },
    },
  );
}

function cnodeOf({ cap }: RpcCaller): number {
  if (cap === undefined) throw new RpcFailure(MemoryManagerError.ObjCapInvalid, "no CNode");
  return cap;
}

function* refusing(task: Task<void>): Task<void> {
  try {
    yield* task;
  } catch (error) {
    if (!(error instanceof MemoryFailure)) throw error;
    throw new RpcFailure(error.code, error.message, { cause: error });
  }
}

function markOf({ isStatic, isCurrent }: LeafReport): string {
  if (isStatic) return "!";
  return isCurrent ? "*" : " ";
}

/** The line of the original, for a block. */
function describeLeaf({ slot, sizeBits, usedBytes }: LeafReport): string {
  const slotText = String(slot).padStart(2);
  const bitsText = String(sizeBits).padStart(2);
  const usedText = String(usedBytes).padStart(8);
  return `[${slotText}, bits ${bitsText}] watermark ${usedText} available ${powerOfTwo(sizeBits) - usedBytes}`;
}
