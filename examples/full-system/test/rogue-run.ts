import type { SystemDescription } from "@cantrip/assembly";
import { measureSystem } from "@cantrip/assembly/riscv";
import {
  type ComponentThread,
  MemoryClient,
  RpcClient,
  waitNotification,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { expect } from "vitest";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import type { HeapWatch } from "../../../tools/fuzz/heap.ts";
import { numbers } from "./random-bundles.ts";
import { Reader } from "./rogue-reader.ts";
import { sparrowWithRogue } from "./rogue-system.ts";
import { Rogue } from "./rogue.ts";
import { NOTHING, type ServiceSizes, watchServices } from "./watched-services.ts";

const KEY = { bundleId: "fibonacci", key: "witness" };
/** Requests of the rogue in each round of the witness, at most on average. */
const REQUESTS_PER_ROUND = 200;
/** Requests of the rogue between two times that something is typed. */
const TYPED_EVERY = 20;
/** What is typed: nothing that the console would do. */
const LINES = ["x", "zz", "\r", "no such command\r", "q".repeat(300)];
/** A request that takes longer hangs. */
const REQUESTS_PER_SECOND = 100;

/** What the witness has seen. */
interface Testimony {
  rounds: number;
  isOver: boolean;
}

/** Uses the services as a component does that means well, and throws at an answer that is not its own. */
function* bearWitness(thread: ComponentThread, testimony: Testimony): Task<void> {
  const security = new RpcClient(thread, "security", securityInterface);
  const timer = new RpcClient(thread, "timer", timerInterface);
  const memory = new MemoryClient(thread);
  yield* security.call("SizeBuffer", KEY.bundleId);
  while (!testimony.isOver) {
    const timerId = testimony.rounds % 32;
    const text = `witness ${testimony.rounds}`;
    yield* timer.call("Oneshot", { timerId, durationMs: 1 + (testimony.rounds % 4) });
    expect((yield* security.call("Echo", text)).value).toBe(text);
    yield* security.call("WriteKey", { ...KEY, value: new TextEncoder().encode(text) });
    const bundle = yield* memory.frameAllocInCNode(8192);
    const { value } = yield* security.call("ReadKey", KEY);
    expect(new TextDecoder().decode(value)).toBe(text.padEnd(100, "\0"));
    yield* memory.freeInCNode(bundle);
    yield* waitNotification(thread, "timer");
    const { timerMask } = yield* timer.call("CompletedTimers", undefined);
    expect(timerMask).toBe(2 ** timerId);
    testimony.rounds++;
  }
  yield* security.call("DeleteKey", KEY);
}

/** How a rogue is run. */
export interface RogueOptions {
  /** A watch over the host's heap for its requests but the first fifth. */
  readonly heap?: (transcript: () => string) => HeapWatch;
  /** For a system with other services. */
  readonly change?: (system: SystemDescription) => SystemDescription;
}

/**
 * Has a rogue call every service, and throws where a service does what it should not.
 *
 * @returns what the watch over the heap has found, 0 without one
 */
export function runRogue(
  seed: number,
  requests: number,
  report: FuzzReport,
  { heap: watchOver, change }: RogueOptions = {},
): number {
  const random = numbers(seed);
  const booted: TestSystem[] = [];
  const testimony: Testimony = { rounds: 0, isOver: false };
  const found: { before?: unknown; after?: unknown; sizes?: ServiceSizes } = {};
  let keptBytes = 0;
  const reader = new Reader((limit) => random.next().value % limit, report);
  const ended = { reader: false };
  let typed = 0;
  const type = (): void => {
    const line = LINES[random.next().value % LINES.length] ?? "";
    typed += line.length;
    // Past the machine's input log, which keeps everything.
    session.system.machine.serial("uart0").receive(new TextEncoder().encode(line));
  };
  const described = sparrowWithRogue({
    *rogue(thread): Task<void> {
      const rogue = new Rogue(thread, (limit) => random.next().value % limit, report);
      const running = booted[0]?.system;
      if (running === undefined) throw new Error("it is not booted");
      const holdings = function* (): Task<unknown> {
        const { allocatedBytes, allocatedObjs } = yield* rogue.memory.stats();
        const { kernelObjects, slots } = measureSystem(running);
        const { clients } = yield* rogue.memory.usage();
        const others = Object.entries(slots).filter(([name]) => name !== "witness");
        return { allocatedBytes, allocatedObjs, kernelObjects, clients, others };
      };
      const settle = function* (): Task<unknown> {
        yield* rogue.tidyUp();
        // The witness has memory for a part of its round only.
        let least = yield* holdings();
        for (let turn = 0; turn < 300; turn++) {
          yield* thread.sel4.yield();
          const now = yield* holdings();
          if (bytesOf(now) < bytesOf(least)) least = now;
        }
        return least;
      };
      for (let warmUp = 0; warmUp < 200; warmUp++) yield* rogue.act();
      found.before = yield* settle();
      const heap = watchOver?.(() => session.transcript);
      for (let done = 0; done < requests; done++) {
        if (heap !== undefined && done === Math.floor(requests / 5)) {
          yield* rogue.tidyUp();
          heap.begin();
        }
        yield* rogue.act();
        if (done % TYPED_EVERY === 0) type();
      }
      yield* rogue.tidyUp();
      keptBytes = heap?.end() ?? 0;
      testimony.isOver = true;
      found.after = yield* settle();
      found.sizes = watched.sizes();
    },
    witness: (thread) => bearWitness(thread, testimony),
    *reader(thread) {
      while (!testimony.isOver) yield* reader.act(thread);
      ended.reader = true;
    },
  });
  const watched = watchServices(change?.(described) ?? described);
  const errors: unknown[] = [];
  const session = bootSystem({
    system: watched.system,
    flash: makeFlash(builtinApplications()),
    onHostedError: ({ error }) => {
      errors.push(error);
    },
  });
  booted.push(session);
  const { system: running } = session;
  const isOver = (): boolean => found.after !== undefined || errors.length > 0;
  const virtualSeconds = requests / REQUESTS_PER_SECOND + 60;
  running.run({ untilCycle: virtualSeconds * running.cyclesPerSecond, until: isOver });
  // A test that fails fails in a thread of the system.
  if (errors.length > 0) throw errors[0];
  checkInvariants(running.kernel.state);
  expect(found.after, session.transcript.slice(-1000)).toEqual(found.before);
  expect(found.sizes, session.transcript.slice(-1000)).toMatchObject(NOTHING);
  expect(testimony.rounds).toBeGreaterThan(requests / REQUESTS_PER_ROUND);
  // The reader waits for a last byte; the console serves, too.
  for (let tries = 0; tries < 20 && !ended.reader; tries++) {
    session.type("\r");
    session.advance(0.05);
  }
  expect(ended.reader).toBe(true);
  expect(reader.reads).toBeGreaterThan(requests / REQUESTS_PER_ROUND);
  expect(reader.bytes).toBeLessThanOrEqual(typed + 20);
  session.type("\r");
  session.advance(0.2);
  expect(session.command("echo still here")).toContain("still here\n");
  return keptBytes;
}

function bytesOf(holdings: unknown): number {
  return (holdings as { readonly allocatedBytes: number }).allocatedBytes;
}
