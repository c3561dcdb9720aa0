import { MemoryClient, RpcError } from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { MemoryManagerStats, ObjDesc, ObjDescBundle } from "@cantrip/interfaces/memory";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { type Command, InvalidArguments, type ShellOutput } from "../../shell.ts";
import {
  type CommandEnvironment,
  debugName,
  one,
  reporting,
  two,
  word,
} from "./command-support.ts";
import { debugBundle } from "./debug-bundle.ts";

const PAGE_BYTES = 4096;
/** Frames in one descriptor: `CONFIG_RETYPE_FAN_OUT_LIMIT`. */
const FRAMES_PER_DESCRIPTOR = 256;
const UNTYPED_BITS = 12;
const SMALL_CNODE_BITS = 5;
const BATCH_CNODE_BITS = 7;
const MIN_SCHED_CONTEXT_BITS = 8;

type Desc = Omit<ObjDesc, "cptr">;

/** The memory manager's figures, and its tests. */
export function memoryCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  const memory = new MemoryClient(thread);
  const { config, slots, selfCNode } = thread.runtime;
  /** Slots with frames of `test_malloc`: `test_mfree` frees nothing else, or it could free the console itself. */
  const allocated = new Set<number>();
  return {
    mstats: (_args, output) =>
      reporting(output, "stats failed", function* () {
        yield* printStats(output, yield* memory.stats());
      }),
    mdebug: (_args, output) => reporting(output, "stats failed", () => memory.debug()),
    *test_malloc(args, output) {
      const bytes = word(one(args));
      if (bytes === 0) throw new InvalidArguments();
      const descs: Desc[] = [];
      for (let left = Math.ceil(bytes / PAGE_BYTES); left > 0; left -= FRAMES_PER_DESCRIPTOR) {
        const count = Math.min(left, FRAMES_PER_DESCRIPTOR);
        descs.push({ type: config.objectType.page4K, count });
      }
      yield* reporting(output, "malloc failed", function* () {
        const bundle = yield* memory.allocInToplevel(descs);
        for (const { cptr, count } of bundle.objs)
          for (let index = 0; index < count; index++) allocated.add(cptr + index);
        yield* output.write(`Allocated ${debugBundle(bundle, config)}\n`);
      });
    },
    *test_mfree(args, output) {
      const [cptr = 0, count = 0] = two(args).map(word);
      if (count === 0 || count > allocated.size) throw new InvalidArguments();
      const frames = Array.from({ length: count }, (_, index) => cptr + index);
      if (!frames.every((frame) => allocated.has(frame))) throw new InvalidArguments();
      const objs = [{ type: config.objectType.page4K, count, cptr }];
      const bundle: ObjDescBundle = { cnode: selfCNode, depth: TOP_LEVEL_DEPTH, objs };
      yield* reporting(output, "mfree failed", function* () {
        yield* memory.free(bundle);
        for (const frame of frames) allocated.delete(frame);
        slots.free(cptr, count);
        yield* output.write(`Free'd ${debugBundle(bundle, config)}\n`);
      });
    },
    *test_obj_alloc(_args, output) {
      yield* testObjectAllocation(thread, memory, output);
    },
  };
}

function* printStats(output: ShellOutput, stats: MemoryManagerStats): Task<void> {
  yield* output.write(
    `${stats.allocatedBytes} bytes in-use, ${stats.freeBytes} bytes free, ` +
      `${stats.totalRequestedBytes} bytes requested, ${stats.overheadBytes} overhead\n`,
  );
  yield* output.write(
    `${stats.allocatedObjs} objs in-use, ${stats.totalRequestedObjs} objs requested\n`,
  );
}

/** Allocates and frees an object of each kind, and two batches. */
function* testObjectAllocation(
  thread: CommandEnvironment["thread"],
  memory: MemoryClient,
  output: ShellOutput,
): Task<void> {
  const { config } = thread.runtime;
  const types = config.objectType;
  const kinds: readonly (readonly [string, Desc])[] = [
    ["untyped", { type: types.untyped, count: UNTYPED_BITS }],
    ["tcb", { type: types.tcb, count: 1 }],
    ["endpoint", { type: types.endpoint, count: 1 }],
    ["notification", { type: types.notification, count: 1 }],
    ["cnode", { type: types.capTable, count: SMALL_CNODE_BITS }],
    ["frame", { type: types.page4K, count: 1 }],
    ["page table", { type: types.pageTable, count: 1 }],
    ["sched context", { type: types.schedContext, count: MIN_SCHED_CONTEXT_BITS }],
    ["reply", { type: types.reply, count: 1 }],
  ];
  const batch: readonly Desc[] = [
    { type: types.tcb, count: 1 },
    { type: types.endpoint, count: 2 },
    { type: types.reply, count: 2 },
    { type: types.schedContext, count: MIN_SCHED_CONTEXT_BITS },
    { type: types.page4K, count: 10 },
  ];
  const before = yield* memory.stats();
  yield* printStats(output, before);
  yield* forEachTask(kinds, ([name, desc]) =>
    attempt(output, `alloc ${name}`, function* () {
      yield* memory.freeToplevel(yield* memory.allocInToplevel([desc]));
    }),
  );
  yield* requireEqual(output, before, yield* memory.stats());

  // Into a CNode that was made for it, as a process would be built.
  yield* attempt(output, "Batch alloc", function* () {
    const container = yield* memory.cnodeAlloc(BATCH_CNODE_BITS);
    const bundle: ObjDescBundle = {
      cnode: container.objs[0]?.cptr ?? 0,
      depth: BATCH_CNODE_BITS,
      objs: placed(memory, batch),
    };
    try {
      yield* memory.alloc(bundle);
      yield* output.write(`Batch alloc ok: ${debugBundle(bundle, config)}\n`);
      yield* memory.free(bundle);
    } finally {
      yield* memory.freeToplevel(container);
    }
  });
  // Into a CNode that is made for the batch.
  yield* attempt(output, "cantrip_object_alloc_in_cnode", function* () {
    const bundle = yield* memory.allocInCNode(batch);
    yield* output.write(`cantrip_object_alloc_in_cnode ok: ${debugBundle(bundle, config)}\n`);
    yield* memory.freeInCNode(bundle);
  });
  yield* requireEqual(output, before, yield* memory.stats());
  yield* output.write("All tests passed!\n");
}

/** Descriptors one behind the other. */
function placed(memory: MemoryClient, descs: readonly Desc[]): ObjDesc[] {
  let cptr = 0;
  return descs.map((desc) => {
    const object = { ...desc, cptr };
    cptr += memory.slotsOf(object);
    return object;
  });
}

/** One step of the test; the first that fails ends it. */
function* attempt(output: ShellOutput, name: string, body: () => Task<void>): Task<void> {
  try {
    yield* body();
  } catch (error) {
    if (error instanceof RpcError) yield* output.write(`${name} failed: ${debugName(error)}\n`);
    throw error;
  }
}

function* requireEqual(
  output: ShellOutput,
  before: MemoryManagerStats,
  after: MemoryManagerStats,
): Task<void> {
  yield* printStats(output, after);
  if (before.allocatedBytes !== after.allocatedBytes || before.freeBytes !== after.freeBytes)
    throw new Error("memory is missing");
}
