import { performance } from "node:perf_hooks";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { HostedComponent, Task } from "@cantrip/hosted";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo, SeL4 } from "@cantrip/sel4-sys";
import {
  bootWorld,
  ChildAddress,
  childStub,
  component,
  type RootTask,
  type World,
} from "./kernel-world.ts";
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
/** Few enough that what they allocate, up to a kilobyte each, fits into a young generation. */
const ROUNDS_FOR_MEMORY = 4000;

/** The answering thread: tells that it is ready, and answers for ever. */
const server = component("server", function* (context) {
  const sel4 = new SeL4(context, cantrip, ChildAddress.ipcBuffer);
  yield* sel4.nbSendRecv(Slot.ready, EMPTY, Slot.endpoint, Slot.reply);
  for (;;) yield* sel4.replyRecv(Slot.endpoint, EMPTY, Slot.reply);
});

const client = component("client", function* (context) {
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
): World {
  return bootWorld(function* (root: RootTask): Task<void> {
    const { objectType } = cantrip;
    yield* root.openWindow();
    const endpoint = yield* root.make(objectType.endpoint);
    const reply = yield* root.make(objectType.reply);
    const ready = yield* root.make(objectType.notification);
    const caps = [endpoint, reply, ready];
    const schedContext = yield* root.startChild({
      ...{ text: texts[0], priority: SERVER_PRIORITY, caps },
    });
    yield* root.sel4.wait(ready);
    yield* root.sel4.schedContext.unbind(schedContext);
    yield* root.startChild({ text: texts[1], priority: CLIENT_PRIORITY, caps });
  }, components);
}

function runRounds(world: World, rounds: number): void {
  const { kernel, machine } = world;
  const end = kernel.syscalls + rounds * CALLS_PER_ROUND;
  while (kernel.syscalls < end) machine.run({ maxInstructions: CHUNK });
}

/** Round trips per second of host time: the median of several runs. */
function measureRate(world: World): number {
  const { kernel, machine } = world;
  const run = (seconds: number): number => {
    const began = performance.now();
    const before = kernel.syscalls;
    while (performance.now() - began < seconds * 1000) machine.run({ maxInstructions: CHUNK });
    const rounds = (kernel.syscalls - before) / CALLS_PER_ROUND;
    return (rounds * 1000) / (performance.now() - began);
  };
  run(WARM_UP_SECONDS);
  return median(Array.from({ length: RUNS }, () => run(SECONDS)));
}

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Bytes of the JavaScript heap that a round trip allocates; what the measurement itself needs is taken off. */
function measureAllocation(world: World): number {
  const collect = garbageCollector();
  const allocated = (rounds: number): number => {
    collect();
    const before = process.memoryUsage().heapUsed;
    runRounds(world, rounds);
    return process.memoryUsage().heapUsed - before;
  };
  const empty = median(Array.from({ length: RUNS }, () => allocated(1)));
  const full = median(Array.from({ length: RUNS }, () => allocated(ROUNDS_FOR_MEMORY)));
  return Math.max(0, full - empty) / ROUNDS_FOR_MEMORY;
}

/** Call and reply-recv between two threads: in TypeScript through `SeL4`, and in RISC-V under the interpreter. */
export function benchRoundTrips(): Measurement[] {
  const worlds: readonly (readonly [string, World])[] = [
    ["TypeScript round trip", bootPair([childStub(1), childStub(2)], [server, client])],
    ["RISC-V round trip", bootPair([program(RISCV_SERVER), program(RISCV_CLIENT)], [])],
  ];
  return worlds.flatMap(([name, world]) => {
    const opsPerSecond = measureRate(world);
    return [
      { name, ours: 1e9 / opsPerSecond, unit: "ns", opsPerSecond },
      { name: `${name}: heap`, ours: measureAllocation(world), unit: "bytes allocated" },
    ];
  });
}
