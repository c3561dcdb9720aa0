import {
  type ComponentDefinition,
  componentProgram,
  ComponentRuntime,
  ComponentThread,
  type Mutex,
  MutexError,
  serveInterrupts,
  type ThreadDefinition,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { birthOf } from "./birth-of.ts";
import { FakeSystem } from "./fake-system.ts";

describe("start-up", () => {
  it("keeps the order, whichever thread runs first", () => {
    const buffers = { control: 0x1000, a: 0x2000, b: 0x3000, c: 0x4000 };
    const names = Object.keys(buffers);
    const report = new FuzzReport("start-up");
    fc.assert(
      fc.property(
        fc.shuffledSubarray(names, { minLength: 4 }),
        fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
        (order, delays, isThere) => {
          const events: string[] = [];
          const phase = (name: string, delay: number | undefined) =>
            function* ({ name: thread, sel4 }: ComponentThread): Task<void> {
              events.push(`${name} of ${thread} begins`);
              for (let count = 0; count < (delay ?? 0); count++) yield* sel4.yield();
              events.push(`${name} of ${thread}`);
            };
          // A component has those phases, and code for those threads, that it needs.
          const thread = (index: number): ThreadDefinition<null> => {
            const [pre, init, post, run] = isThere.slice(index * 4);
            return {
              ...(pre === true ? { preInit: phase("preInit", delays[0]) } : {}),
              ...(init === true ? { init: phase("init", delays[index]) } : {}),
              ...(post === true ? { postInit: phase("postInit", delays[4]) } : {}),
              ...(run === true ? { run: phase("run", delays[index + 4]) } : {}),
            };
          };
          const count = (at: number): number =>
            [0, 4, 8, 12].filter((index) => isThere[index + at] === true).length;
          const threads = { control: thread(0), a: thread(1), b: thread(2) };
          const hasC = isThere.slice(12).includes(true);
          const definition: ComponentDefinition<null> = {
            name: "x",
            create: () => null,
            threads: hasC ? { ...threads, c: thread(3) } : threads,
          };
          const system = new FakeSystem();
          for (const slot of [5, 6, 7]) system.endpoint(slot, slot);
          const instance = componentProgram(definition, birthOf("x", buffers, 100, {})).create();
          for (const name of order) {
            system.addThread(buffers[name as keyof typeof buffers], (context) =>
              instance.run(name, context),
            );
          }
          system.run();
          const positions = (text: string): number[] =>
            events.flatMap((event, index) => (event.startsWith(text) ? [index] : []));
          const last = (text: string): number => Math.max(-1, ...positions(text));
          const first = (text: string): number => Math.min(Infinity, ...positions(text));
          // The control thread has no interface to start.
          expect(positions("init of").length).toBe(2 * (count(1) - (isThere[1] === true ? 1 : 0)));
          expect(positions("run of").length).toBe(2 * count(3));
          // Those phases that are for the whole component are the control thread's.
          expect(positions("preInit of").length).toBe(isThere[0] === true ? 2 : 0);
          expect(positions("postInit of").length).toBe(isThere[2] === true ? 2 : 0);
          expect(last("preInit")).toBeLessThan(first("init"));
          expect(last("init")).toBeLessThan(first("postInit"));
          expect(last("postInit")).toBeLessThan(first("run"));
          // A thread whose `run` is over waits.
          expect(system.threads.map(({ state }) => state)).toEqual(Array(4).fill("blocked"));
          report.succeeded(order.length);
        },
      ),
      { numRuns: 50 },
    );
    report.finish();
  });

  it("gives every instance a state of its own", () => {
    let created = 0;
    const definition: ComponentDefinition<number> = {
      name: "x",
      create: () => ++created,
      threads: {},
    };
    const program = componentProgram(definition, birthOf("x", { control: 0 }, 1, {}));
    expect(program.name).toBe("x");
    program.create();
    program.create();
    expect(created).toBe(2);
  });
});

describe("BareSemaphore", () => {
  it("loses no wake-up", () => {
    const report = new FuzzReport("semaphore");
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }),
        (value, delays) => {
          const system = new FakeSystem();
          const runtime = new ComponentRuntime(
            birthOf("x", { poster: 0x1000, waiter: 0x2000 }, 100, {
              semaphores: { s: system.endpoint(8, 8) },
              // Those without a value begin at 0.
              semaphoreValues: value === 0 ? {} : { s: value },
            }),
          );
          const semaphore = runtime.semaphore("s");
          expect(() => runtime.semaphore(`s${value}`)).toThrow(RangeError);
          let tried = 0;
          if (value === 2 && semaphore.tryWait()) tried++;
          let taken = 0;
          system.addThread(0x1000, (context) => {
            const { sel4 } = new ComponentThread("poster", runtime, context);
            return (function* (): Task<void> {
              for (const delay of delays) {
                for (let count = 0; count < delay; count++) yield* sel4.yield();
                yield* semaphore.post(sel4);
              }
            })();
          });
          system.addThread(0x2000, (context) => {
            const { sel4 } = new ComponentThread("waiter", runtime, context);
            return (function* (): Task<void> {
              for (;;) {
                yield* semaphore.wait(sel4);
                taken++;
              }
            })();
          });
          system.run();
          expect(taken).toBe(value + delays.length - tried);
          expect(semaphore.tryWait()).toBe(false);
          expect(system.threads.map(({ state }) => state)).toEqual(["done", "blocked"]);
          report.succeeded(delays.length + taken);
        },
      ),
    );
    report.finish();
  });
});

describe("Mutex", () => {
  function mutexOf(): {
    readonly system: FakeSystem;
    readonly mutex: Mutex;
    readonly thread: (
      name: "a" | "b" | "c",
      body: (sel4: ComponentThread["sel4"]) => Task<void>,
    ) => void;
  } {
    const system = new FakeSystem();
    const buffers = { a: 0x1000, b: 0x2000, c: 0x3000 };
    const runtime = new ComponentRuntime(
      birthOf("x", buffers, 100, { mutexes: { m: system.notification(8, 8, 1) } }),
    );
    expect(() => runtime.mutex("n")).toThrow('x has no mutex "n"');
    return {
      ...{ system, mutex: runtime.mutex("m") },
      thread: (name, body) =>
        void system.addThread(buffers[name], (context) =>
          body(new ComponentThread(name, runtime, context).sel4),
        ),
    };
  }

  it("keeps threads apart, also when a body throws", () => {
    const { system, mutex, thread } = mutexOf();
    let inside = 0;
    const most: number[] = [];
    for (const name of ["a", "b"] as const) {
      thread(name, function* (sel4) {
        for (let round = 0; round < 5; round++) {
          try {
            yield* mutex.with(sel4, function* () {
              most.push(++inside);
              for (let count = 0; count < round; count++) yield* sel4.yield();
              inside--;
              if (round === 2) throw new Error("body");
            });
          } catch (error) {
            expect(error).toEqual(new Error("body"));
          }
        }
      });
    }
    system.run();
    expect(most).toEqual(Array(10).fill(1));
    expect(system.threads.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("takes what is free without waiting, and never what is not", () => {
    const { system, mutex, thread } = mutexOf();
    const tried: boolean[] = [];
    thread("a", function* (sel4) {
      tried.push(mutex.tryLock(sel4));
      for (let count = 0; count < 4; count++) yield* sel4.yield();
      yield* mutex.unlock(sel4);
    });
    thread("b", function* (sel4) {
      tried.push(mutex.tryLock(sel4));
      yield* mutex.lock(sel4);
      tried.push(mutex.tryLock(sel4));
      yield* mutex.unlock(sel4);
      tried.push(mutex.tryLock(sel4));
    });
    system.run();
    expect(tried).toEqual([true, false, false, true]);
  });

  it("refuses threads that unlock what they do not hold, or lock what they do", () => {
    const { system, mutex, thread } = mutexOf();
    const refused: string[] = [];
    const attempt = function* (what: string, task: Task<void>): Task<void> {
      try {
        yield* task;
      } catch (error) {
        if (!(error instanceof MutexError)) throw error;
        refused.push(`${what}: ${error.message}`);
      }
    };
    thread("a", function* (sel4) {
      yield* attempt("a", mutex.unlock(sel4));
      yield* mutex.lock(sel4);
      yield* attempt("a", mutex.lock(sel4));
      for (let count = 0; count < 4; count++) yield* sel4.yield();
      yield* mutex.unlock(sel4);
      yield* attempt("a", mutex.unlock(sel4));
    });
    thread("b", function* (sel4) {
      yield* attempt("b", mutex.unlock(sel4));
      yield* mutex.lock(sel4);
    });
    system.run();
    expect(refused).toEqual([
      "a: unlocked by a thread that does not hold it, which is not locked",
      "a: locked by the thread that holds it: it would wait for itself",
      "b: unlocked by a thread that does not hold it, which another thread holds",
      "a: unlocked by a thread that does not hold it, which another thread holds",
    ]);
    expect(system.threads.map(({ state }) => state)).toEqual(["done", "done"]);
  });
});

describe("serveInterrupts", () => {
  it("handles every source of the badge, and acknowledges as the handlers say", () => {
    const system = new FakeSystem();
    const handled: string[] = [];
    const birth = birthOf("x", { control: 0x1000 }, 100, {
      interrupts: {
        irq: {
          notification: system.notification(8, 8),
          sources: [
            { name: "tx_watermark", irq: 1, mask: 1, handler: 41 },
            { name: "tx_empty", irq: 3, mask: 2, handler: 42 },
          ],
        },
      },
    });
    for (const slot of [41, 42]) system.caps.set(slot, { kind: "cnode", object: slot, badge: 0 });
    const runtime = new ComponentRuntime(birth);
    system.addThread(0x1000, (context) => {
      const thread = new ComponentThread("control", runtime, context);
      const handler = (name: string, isAcknowledged: boolean) =>
        function* (): Task<boolean> {
          handled.push(name);
          yield* thread.sel4.yield();
          return isAcknowledged;
        };
      return serveInterrupts(thread, "irq", {
        tx_watermark: handler("tx_watermark", true),
        tx_empty: handler("tx_empty", false),
      });
    });
    system.addThread(0x2000, (context) => {
      const other = new ComponentRuntime(birthOf("y", { control: 0x2000 }, 200, {}));
      const { sel4 } = new ComponentThread("control", other, context);
      system.notification(50, 8, 3);
      system.notification(51, 8, 1);
      return (function* (): Task<void> {
        yield* sel4.signal(50);
        for (let count = 0; count < 9; count++) yield* sel4.yield();
        yield* sel4.signal(51);
      })();
    });
    system.run();
    expect(handled).toEqual(["tx_watermark", "tx_empty", "tx_watermark"]);
    expect(system.invocations).toEqual([
      { service: 41, label: cantrip.label.irqAckIRQ },
      { service: 41, label: cantrip.label.irqAckIRQ },
    ]);
  });
});
