import { Mutex } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { checkInvariants } from "@cantrip/sel4-kernel";
import type { SeL4 } from "@cantrip/sel4-sys";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { bootWorkers } from "./worker-system.ts";

/** What the tests use of a mutex. */
type Lock = Pick<Mutex, "lock" | "unlock">;

/** A mutant: `spin::Mutex`, with a system call for each turn. */
class SpinMutex implements Lock {
  #isLocked = false;
  *lock(sel4: SeL4): Task<void> {
    while (this.#isLocked) yield* sel4.yield();
    this.#isLocked = true;
  }
  *unlock(): Task<void> {
    this.#isLocked = false;
    yield* [];
  }
}

/** A mutant: waits at an endpoint, where a bound notification's signal ends the wait. */
class EndpointMutex implements Lock {
  readonly #endpoint: number;
  #count = 0;
  constructor(endpoint: number) {
    this.#endpoint = endpoint;
  }
  *lock(sel4: SeL4): Task<void> {
    if (this.#count++ > 0) yield* sel4.wait(this.#endpoint);
  }
  *unlock(sel4: SeL4): Task<void> {
    if (--this.#count > 0) yield* sel4.signal(this.#endpoint);
  }
}

type Make = (slots: { readonly mutex: number; readonly endpoint: number }) => Lock;
const ours: Make = ({ mutex }) => new Mutex(mutex);
const spinning: Make = () => new SpinMutex();
const atEndpoint: Make = ({ endpoint }) => new EndpointMutex(endpoint);

const type = { mutexes: ["m", "other"], semaphores: { s: 0 } };

describe("a mutex on the kernel model", () => {
  defect(
    "a thread that waits for it takes no time",
    { ours, mutant: spinning },
    (make) => {
      const system = bootWorkers({
        ...{ threads: 3, type },
        create: ({ birth }) =>
          make({ mutex: birth.mutexes["m"] ?? 0, endpoint: birth.semaphores["s"] ?? 0 }),
        *run({ sel4, runtime }, mutex, index) {
          // The second wants it while the first holds it, for ever.
          if (index === 2) return;
          yield* mutex.lock(sel4);
          yield* runtime.semaphore("s").wait(sel4);
        },
      });
      system.run({ untilCycle: system.cyclesPerSecond });
      const before = system.machine.instructions;
      system.run({ untilCycle: 2 * system.cyclesPerSecond });
      expect(system.machine.instructions - before).toBeLessThan(1000);
    },
    /to be less than 1000/,
  );

  defect(
    "a signal of a notification that is bound to the thread does not end its wait",
    { ours, mutant: atEndpoint },
    (make) => {
      const inside: number[] = [];
      let most = 0;
      const system = bootWorkers({
        ...{ threads: 2, type },
        create: ({ birth }) =>
          make({ mutex: birth.mutexes["m"] ?? 0, endpoint: birth.semaphores["s"] ?? 0 }),
        *run({ sel4, birth, own }, mutex, index) {
          const bound = birth.mutexes["other"] ?? 0;
          if (index === 1) yield* sel4.tcb.bindNotification(own.tcb, bound);
          for (let turn = 0; turn < 3 * index; turn++) yield* sel4.yield();
          yield* mutex.lock(sel4);
          inside.push(index);
          most = Math.max(most, inside.length);
          for (let turn = 0; turn < 10; turn++) yield* sel4.yield();
          if (index === 0) yield* sel4.signal(bound);
          for (let turn = 0; turn < 10; turn++) yield* sel4.yield();
          inside.pop();
          yield* mutex.unlock(sel4);
        },
      });
      system.run({ untilCycle: system.cyclesPerSecond });
      expect([most, inside.length]).toEqual([1, 0]);
    },
    /expected \[ 2, \+0 \] to deeply equal/,
  );

  it("is handed on in the order in which threads came", () => {
    const came: number[] = [];
    const had: number[] = [];
    const system = bootWorkers({
      ...{ threads: 5, type },
      create: (runtime) => runtime.mutex("m"),
      *run({ sel4 }, mutex, index) {
        for (let round = 0; round < 4; round++) {
          came.push(index);
          yield* mutex.lock(sel4);
          had.push(index);
          for (let turn = 0; turn < 20; turn++) yield* sel4.yield();
          yield* mutex.unlock(sel4);
        }
      },
    });
    system.run({ untilCycle: system.cyclesPerSecond });
    expect(had).toHaveLength(20);
    expect(had).toEqual(came);
  });

  it("keeps threads apart and loses nobody, whatever they do", () => {
    const report = new FuzzReport("mutex on the kernel");
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.tuple(fc.boolean(), fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 12 }),
          { minLength: 2, maxLength: 4 },
        ),
        (scripts) => {
          let inside = 0;
          let had = 0;
          let refused = 0;
          const system = bootWorkers({
            ...{ threads: scripts.length, type },
            create: (runtime) => runtime.mutex("m"),
            *run({ sel4 }, mutex, index) {
              for (const [tries, before, during] of scripts[index] ?? []) {
                for (let turn = 0; turn < before; turn++) yield* sel4.yield();
                if (!tries) yield* mutex.lock(sel4);
                else if (!mutex.tryLock(sel4)) {
                  refused++;
                  continue;
                }
                inside++;
                for (let turn = 0; turn < during; turn++) {
                  expect(inside).toBe(1);
                  yield* sel4.yield();
                }
                inside--;
                had++;
                yield* mutex.unlock(sel4);
              }
            },
          });
          system.run({ untilCycle: system.cyclesPerSecond });
          expect(had + refused).toBe(scripts.flat().length);
          checkInvariants(system.kernel.state);
          report.succeeded(had);
          if (refused > 0) report.refused("tried in vain", refused);
        },
      ),
      { numRuns: 12 },
    );
    report.finish();
  });
});
