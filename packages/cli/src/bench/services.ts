import { performance } from "node:perf_hooks";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem, measureSystem } from "@cantrip/assembly/riscv";
import { type ComponentThread, MemoryClient, RpcClient } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { builtinApplications } from "../builtin-applications.ts";
import { makeFlash } from "../flash.ts";
import { type Measurement, median } from "./measurement.ts";
import { benchTimers } from "./timers.ts";

const RUNS = 7;
const ALLOCATIONS = 5000;
const STARTS = 1000;
/** Starts that are compared with the last ones: after the JIT compiler has seen them. */
const FIRST = 300;
/** How many are compared. */
const COMPARED = 100;
const CNODE_BITS = 6;
const VIRTUAL_SECONDS = 10_000;

/** Times of each kind of work, in host milliseconds, and memory at two moments. */
interface Results {
  readonly allocations: number[];
  /** The same in milliseconds of the processor, which other programs on the machine change less. */
  readonly processor: number[];
  /** System calls of all allocations and frees. */
  syscalls: number;
  readonly starts: number[];
  readonly hostBytes: number[];
  readonly usedBytes: number[];
}

/** Speed of the services: memory, starting of applications, timers. */
export function benchServices(): Measurement[] {
  const results: Results = {
    ...{ allocations: [], processor: [], syscalls: 0, starts: [], hostBytes: [], usedBytes: [] },
  };
  const progress = { isDone: false };
  const description = sparrowWithClient(function* (thread): Task<void> {
    const before = system.kernel.syscalls;
    yield* benchAllocations(thread, results);
    results.syscalls = system.kernel.syscalls - before;
    yield* benchStarts(thread, results, () => {
      results.hostBytes.push(heapUsed());
      results.usedBytes.push(measureSystem(system).memory.usedBytes);
    });
    progress.isDone = true;
  });
  const system = bootSystem({
    ...{ system: description, flash: makeFlash(builtinApplications()) },
    onConsole: () => undefined,
  });
  const untilCycle = VIRTUAL_SECONDS * system.cyclesPerSecond;
  system.run({ untilCycle, until: () => progress.isDone });
  if (!progress.isDone) throw new Error("the bench did not come to its end");
  return [...rowsOf(results), ...benchTimers()];
}

function rowsOf({
  allocations,
  processor,
  syscalls,
  starts,
  hostBytes,
  usedBytes,
}: Results): Measurement[] {
  const ms = median(allocations);
  const processorMs = median(processor);
  const first = median(starts.slice(FIRST, FIRST + COMPARED));
  const last = median(starts.slice(-COMPARED));
  const growth = (values: readonly number[]): number =>
    ((values[1] ?? 0) - (values[0] ?? 0)) / (STARTS - FIRST);
  return [
    {
      name: "alloc and free of 20 objects",
      ...{ ours: (ms * 1e6) / ALLOCATIONS, unit: "ns" },
      opsPerSecond: (ALLOCATIONS * 1000) / ms,
    },
    {
      name: "alloc and free: processor time",
      ...{ ours: (processorMs * 1e6) / ALLOCATIONS, unit: "ns" },
      opsPerSecond: (ALLOCATIONS * 1000) / processorMs,
    },
    {
      name: "alloc and free: the kernel",
      ...{ ours: syscalls / (RUNS * ALLOCATIONS), unit: "system calls" },
    },
    {
      name: "start and stop, the last of 1000",
      ...{ ours: last * 1000, unit: "us", opsPerSecond: 1000 / last },
      ...{ theirs: first * 1000, ratio: last / first, peer: "fourth hundred" },
    },
    { name: "start: memory of the system", ours: growth(usedBytes), unit: "bytes kept each" },
    { name: "start: memory of the host", ours: growth(hostBytes), unit: "bytes kept each" },
  ];
}

function* benchAllocations(thread: ComponentThread, results: Results): Task<void> {
  const memory = new MemoryClient(thread);
  const container = yield* memory.cnodeAlloc(CNODE_BITS);
  const bundle = twentyObjects(thread, container.objs[0]?.cptr ?? 0);
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    const processorBegan = process.cpuUsage();
    for (let index = 0; index < ALLOCATIONS; index++) {
      yield* memory.alloc(bundle);
      yield* memory.free(bundle);
    }
    results.allocations.push(performance.now() - began);
    results.processor.push(process.cpuUsage(processorBegan).user / 1000);
  }
  yield* memory.freeToplevel(container);
}

/** Objects of every kind that an application has, 20 together. */
function twentyObjects({ runtime }: ComponentThread, cnode: number): ObjDescBundle {
  const { objectType: types, sizeBits } = runtime.config;
  const objs = [
    { type: types.tcb, count: 1, cptr: 0 },
    { type: types.schedContext, count: sizeBits.minSchedContext, cptr: 1 },
    { type: types.page4K, count: 8, cptr: 2 },
    { type: types.pageTable, count: 2, cptr: 10 },
    { type: types.endpoint, count: 4, cptr: 12 },
    { type: types.reply, count: 3, cptr: 16 },
    { type: types.notification, count: 1, cptr: 19 },
  ];
  return { cnode, depth: CNODE_BITS, objs };
}

function* benchStarts(
  thread: ComponentThread,
  results: Results,
  lookAtMemory: () => void,
): Task<void> {
  const processes = new RpcClient(thread, "proc_ctrl", processControlInterface);
  for (let index = 0; index < STARTS; index++) {
    if (index === FIRST) lookAtMemory();
    const began = performance.now();
    yield* processes.call("Start", "hello");
    yield* processes.call("Stop", "hello");
    results.starts.push(performance.now() - began);
  }
  lookAtMemory();
}

/** Sparrow with a client of the memory and the process manager, which runs `body`. */
function sparrowWithClient(body: (thread: ComponentThread) => Task<void>): SystemDescription {
  const type: ComponentType = {
    name: "Client",
    uses: ["memory", "proc_ctrl"],
    stackBytes: { control: 16_384 },
    program: {
      name: "Client",
      create: () => ({}),
      threads: { control: { run: body } },
    },
  };
  return extendSystem(sparrow(), {
    components: { client: { type } },
    join: { multi_memory: "client.memory", shell_process: "client.proc_ctrl" },
  });
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
