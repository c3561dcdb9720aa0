import { performance } from "node:perf_hooks";
import process from "node:process";
import { GCProfiler, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { HostedComponent, Task } from "@cantrip/hosted";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo, SeL4 } from "@cantrip/sel4-sys";
import {
  ChildAddress,
  childStub,
  type HostedRootTaskSystem,
  oneThread,
  type RootTask,
} from "@cantrip/assembly/riscv";
import { bootWorld } from "./kernel-world.ts";
import { type Measurement, median } from "./measurement.ts";

/** Slots of both children. */
const Slot = { endpoint: 1, reply: 2, ready: 3 } as const;
const EMPTY = messageInfo(0, 0);
const SERVER_PRIORITY = 200;
const CLIENT_PRIORITY = 100;
/** System calls of a round trip: the client's call and the server's reply-recv. */
const CALLS_PER_ROUND = 2;
const WARM_UP_SECONDS = 1;
const SECONDS = 0.5;
const RUNS = 7;
/** Instructions between two looks at the clock. */
const CHUNK = 2_000_000;
const ROUNDS_FOR_MEMORY = 500_000;
/** Turns of the peer between two looks at the clock. */
const TURNS = 10_000;
const PEER = "two generators take turns";

/** The answering thread: tells that it is ready, and answers for ever. */
const server = oneThread("server", function* (context) {
  const sel4 = new SeL4(context, cantrip, ChildAddress.ipcBuffer);
  yield* sel4.nbSendRecv(Slot.ready, EMPTY, Slot.endpoint, Slot.reply);
  for (;;) yield* sel4.replyRecv(Slot.endpoint, EMPTY, Slot.reply);
});

const client = oneThread("client", function* (context) {
  const sel4 = new SeL4(context, cantrip, ChildAddress.ipcBuffer);
  for (;;) yield* sel4.call(Slot.endpoint, EMPTY);
});

const SYMBOLS = {
  ...Slot,
  nbSendRecv: cantrip.syscall.nbSendRecv,
  replyRecv: cantrip.syscall.replyRecv,
  callNumber: cantrip.syscall.call,
};

/** The same two threads in machine code. */
const RISCV_SERVER = `
  li t0, ready
  li a0, endpoint
  li a1, 0
  li a6, reply
  li a7, nbSendRecv
  ecall
again:
  li a0, endpoint
  li a1, 0
  li a6, reply
  li a7, replyRecv
  ecall
  j again
`;
const RISCV_CLIENT = `
again:
  li a0, endpoint
  li a1, 0
  li a7, callNumber
  ecall
  j again
`;

function program(source: string): readonly number[] {
  const { bytes } = assemble(source, { base: ChildAddress.text, symbols: SYMBOLS });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}

/**
 * Two threads in address spaces of their own; the server runs on its callers' budget.
 *
 * @param texts - words of the server's and of the client's text
 */
function bootPair(
  texts: readonly [readonly number[], readonly number[]],
  components: readonly HostedComponent[],
): HostedRootTaskSystem {
  return bootWorld(function* (root: RootTask): Task<void> {
    const { objectType } = cantrip;
    yield* root.openWindow();
    const endpoint = yield* root.make(objectType.endpoint);
    const reply = yield* root.make(objectType.reply);
    const ready = yield* root.make(objectType.notification);
    const caps = [endpoint, reply, ready].map((slot) => ({ slot }));
    const [answering, asking] = [
      yield* root.makeChild({ name: "server", text: texts[0], priority: SERVER_PRIORITY, caps }),
      yield* root.makeChild({ name: "client", text: texts[1], priority: CLIENT_PRIORITY, caps }),
    ];
    yield* root.sel4.tcb.resume(answering.tcb);
    yield* root.sel4.wait(ready);
    yield* root.sel4.schedContext.unbind(answering.schedContext);
    yield* root.sel4.tcb.resume(asking.tcb);
  }, components);
}

function runRounds(world: HostedRootTaskSystem, rounds: number): void {
  const { kernel, machine } = world;
  const end = kernel.syscalls + rounds * CALLS_PER_ROUND;
  while (kernel.syscalls < end) machine.run({ maxInstructions: CHUNK });
}

/** Rounds per second of host time: the median of several runs. `work` does some and returns how many. */
function measureRate(work: () => number): number {
  const run = (seconds: number): number => {
    const began = performance.now();
    let rounds = 0;
    while (performance.now() - began < seconds * 1000) rounds += work();
    return (rounds * 1000) / (performance.now() - began);
  };
  run(WARM_UP_SECONDS);
  return median(Array.from({ length: RUNS }, () => run(SECONDS)));
}

function measureRoundTrips({ kernel, machine }: HostedRootTaskSystem): number {
  return measureRate(() => {
    const before = kernel.syscalls;
    machine.run({ maxInstructions: CHUNK });
    return (kernel.syscalls - before) / CALLS_PER_ROUND;
  });
}

/** A system call that nobody makes: gives way once, and is done. */
class Turn implements Iterable<number, number, undefined>, Iterator<number, number, undefined> {
  readonly #pending = { done: false, value: 0 } as const;
  readonly #finished = { done: true, value: 0 } as const;
  #isIssued = false;

  [Symbol.iterator](): this {
    this.#isIssued = false;
    return this;
  }
  next(): IteratorResult<number, number> {
    if (this.#isIssued) return this.#finished;
    this.#isIssued = true;
    return this.#pending;
  }
}

/** The least that the engine needs for two coroutines that take turns: no kernel, no machine, no registers. */
function measureTurns(): number {
  const thread = function* (turn: Turn): Generator<number, void, undefined> {
    for (;;) yield* turn;
  };
  const first = thread(new Turn());
  const second = thread(new Turn());
  return measureRate(() => {
    for (let turn = 0; turn < TURNS; turn++) {
      first.next();
      second.next();
    }
    return TURNS;
  });
}

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Bytes that a round trip allocates on the JavaScript heap, with what the collector freed meanwhile. */
function measureAllocation(world: HostedRootTaskSystem): number {
  garbageCollector()();
  const profiler = new GCProfiler();
  let used = process.memoryUsage().heapUsed;
  let allocated = 0;
  profiler.start();
  runRounds(world, ROUNDS_FOR_MEMORY);
  const end = process.memoryUsage().heapUsed;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - used;
    used = afterGC.heapStatistics.usedHeapSize;
  }
  return (allocated + end - used) / ROUNDS_FOR_MEMORY;
}

/** Call and reply-recv between two threads: in TypeScript through `SeL4`, and in RISC-V under the interpreter. */
export function benchRoundTrips(): Measurement[] {
  const worlds: readonly (readonly [string, HostedRootTaskSystem])[] = [
    ["TypeScript round trip", bootPair([childStub(1), childStub(2)], [server, client])],
    ["RISC-V round trip", bootPair([program(RISCV_SERVER), program(RISCV_CLIENT)], [])],
  ];
  const measured = worlds.map(([name, world]) => ({
    name,
    opsPerSecond: measureRoundTrips(world),
    allocated: measureAllocation(world),
  }));
  const theirs = 1e9 / measureTurns();
  return measured.flatMap(({ name, opsPerSecond, allocated }) => {
    const ours = 1e9 / opsPerSecond;
    return [
      { name, peer: PEER, ours, theirs, ratio: ours / theirs, unit: "ns", opsPerSecond },
      { name: `${name}: heap`, ours: allocated, unit: "bytes allocated" },
    ];
  });
}
