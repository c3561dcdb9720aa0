import { BareSemaphore } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { checkInvariants } from "@cantrip/sel4-kernel";
import type { SeL4 } from "@cantrip/sel4-sys";
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { bootWorkers } from "./worker-system.ts";

/** A mutant: CAmkES's binary semaphore. What is posted while one is there is lost. */
class BinarySemaphore extends BareSemaphore {
  #isThere: boolean;
  constructor(endpoint: number, value: number) {
    super(endpoint, value > 0 ? 1 : 0);
    this.#isThere = value > 0;
  }
  override *wait(sel4: SeL4): Task<void> {
    this.#isThere = false;
    yield* super.wait(sel4);
  }
  override *post(sel4: SeL4): Task<void> {
    if (this.#isThere) return;
    this.#isThere = true;
    yield* super.post(sel4);
  }
  override tryWait(): boolean {
    this.#isThere = false;
    return super.tryWait();
  }
}

const action = fc.tuple(
  fc.constantFrom("wait" as const, "post" as const, "post" as const, "tryWait" as const),
  fc.nat(4),
);

describe("a semaphore on the kernel model", () => {
  defect(
    "25: nothing is lost between waits, posts and tries of several threads, whatever it begins at",
    { ours: BareSemaphore, mutant: BinarySemaphore },
    (Semaphore) => {
      const report = new FuzzReport("semaphore on the kernel");
      fc.assert(
        fc.property(
          fc.nat(3),
          fc.array(fc.array(action, { minLength: 1, maxLength: 14 }), {
            ...{ minLength: 2, maxLength: 5 },
          }),
          (value, scripts) => {
            const done = { wait: 0, post: 0, tryWait: 0, inVain: 0, through: 0 };
            let semaphore: BareSemaphore | undefined;
            const system = bootWorkers({
              threads: scripts.length,
              type: { semaphores: { s: value } },
              create: ({ birth }): BareSemaphore =>
                (semaphore = new Semaphore(
                  birth.semaphores["s"] ?? 0,
                  birth.semaphoreValues["s"] ?? 0,
                )),
              *run({ sel4 }, own, index) {
                for (const [what, turns] of scripts[index] ?? []) {
                  for (let turn = 0; turn < turns; turn++) yield* sel4.yield();
                  if (what === "wait") yield* own.wait(sel4);
                  else if (what === "post") yield* own.post(sel4);
                  else if (!own.tryWait()) {
                    done.inVain++;
                    continue;
                  }
                  done[what]++;
                }
                done.through++;
              },
            });
            system.run({ untilCycle: system.cyclesPerSecond });
            let left = 0;
            while (semaphore?.tryWait() === true) left++;
            // Everything that was posted was taken, or is there still.
            expect(done.wait + done.tryWait + left).toBe(value + done.post);
            // Nobody waits for what is there.
            if (done.through < scripts.length) expect(left).toBe(0);
            checkInvariants(system.kernel.state);
            report.succeeded(done.wait + done.post + done.tryWait);
            report.refused("tried in vain", done.inVain);
          },
        ),
        { numRuns: 15, seed: 8 },
      );
      report.finish();
    },
    /Property failed/,
  );
});
