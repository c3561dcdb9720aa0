import { extendSystem } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { measureSystem } from "@cantrip/assembly/riscv";
import { makeFlash } from "@cantrip/cli";
import { checkInvariants } from "@cantrip/sel4-kernel";
import type { TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { FailingSteps, processManagerWith } from "./failing-steps.ts";
import { boot, inUse } from "./sparrow-session.ts";
import { programOf, SLEEPS } from "./test-programs.ts";

/** What the application's manifest limits, which others are told of: the keys, and each model. */
const LIMITS = { keys: 3, models: ["one", "two"] };
const CALLS_FOR_LIMITS = 3;

/** Everything that an application takes, of the kernel, of the memory manager and of the process manager. */
function holdings(session: TestSystem, steps: FailingSteps): unknown {
  const { kernelObjects, memory, slots } = measureSystem(session.system);
  const usedSlots = steps.thread?.runtime.slots.usedSlots;
  return { kernelObjects, memory, slots, usedSlots, inUse: inUse(session) };
}

function bootWith(steps: FailingSteps): TestSystem {
  const parts = [{ vaddr: 0x40_0000, data: Uint8Array.of(1) }];
  const data = programOf(SLEEPS, { parts, manifest: { heapBytes: 4096, ...LIMITS } });
  return boot({
    system: extendSystem(sparrow(), {
      replace: { process_manager: { type: processManagerWith(steps) } },
    }),
    flash: makeFlash([{ name: "app.app", data }]),
  });
}

/** Starts an application with each step failing in turn, and compares. @returns how many steps there are */
function failEachStep(steps: FailingSteps): number {
  const session = bootWith(steps);
  session.command("start app");
  session.command("stop app");
  const before = holdings(session, steps);
  for (let step = 1; ; step++) {
    steps.arm(step);
    const answer = session.command("start app");
    const what = steps.failed;
    steps.arm(0);
    if (answer.includes("started.")) {
      session.command("stop app");
      expect(holdings(session, steps)).toEqual(before);
      return step - 1;
    }
    expect(answer).toMatch(/start failed: (StartFailed|UnknownError)\n$/);
    expect(session.command("bundles")).toBe("");
    expect(holdings(session, steps), `left after step ${step}, ${what}`).toEqual(before);
    checkInvariants(session.system.kernel.state);
  }
}

describe("9: a start that fails", () => {
  it("at any step is undone: bytes, slots and objects are as before", () => {
    // Each mapping alone takes several.
    expect(failEachStep(new FailingSteps(CALLS_FOR_LIMITS))).toBeGreaterThan(60);
  });

  it("at any step is undone: a mutant with the original's behaviour fails the test", () => {
    const steps = new FailingSteps(CALLS_FOR_LIMITS);
    steps.isForgetful = true;
    expect(() => failEachStep(steps)).toThrow(/left after step/);
  });

  it("for want of address spaces is undone, and what runs goes on", () => {
    const steps = new FailingSteps();
    const files = Array.from({ length: 20 }, (_, index) => ({
      ...{ name: `b${index}.app`, data: programOf(SLEEPS) },
    }));
    const session = boot({
      system: extendSystem(sparrow(), {
        replace: { process_manager: { type: processManagerWith(steps) } },
      }),
      flash: makeFlash(files),
    });
    const before = holdings(session, steps);
    const started: string[] = [];
    let full: unknown;
    for (let index = 0; index < files.length; index++) {
      full = holdings(session, steps);
      if (session.command(`start b${index}`).includes("started.")) started.push(`b${index}`);
      else expect(holdings(session, steps)).toEqual(full);
    }
    expect(started.length).toBeGreaterThan(4);
    expect(started.length).toBeLessThan(files.length);
    expect(session.command("bundles").trim().split("\n")).toEqual(started);
    for (const name of started) session.command(`stop ${name}`);
    expect(holdings(session, steps)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });
});

/** Bytes that a program of 26 pages takes while it runs. */
function bytesWhileRunning(steps: FailingSteps): number {
  const parts = [{ vaddr: 0x2_0000, data: new Uint8Array(100 * 1024).fill(1) }];
  const session = boot({
    system: extendSystem(sparrow(), {
      replace: { process_manager: { type: processManagerWith(steps) } },
    }),
    flash: makeFlash([{ name: "big.app", data: programOf(SLEEPS, { parts }) }]),
  });
  const bytesInUse = (): number => Number(inUse(session)[0]?.split(" ")[0]);
  const before = bytesInUse();
  steps.arm(0);
  expect(session.command("start big")).toContain("started.");
  return bytesInUse() - before;
}

describe("30: an application has its own frames while it runs, and not those of its package", () => {
  const pages = 26 + 4 + 2 + 2;
  // A CNode of 128 slots, TCB and scheduling context beside them.
  const own = pages * 4096 + 128 * 16 + 512 + 256;

  it("to the byte", () => {
    expect(bytesWhileRunning(new FailingSteps())).toBe(own);
  });

  it("to the byte: a mutant with the original's behaviour fails the test", () => {
    const steps = new FailingSteps();
    steps.isKeeping = true;
    expect(bytesWhileRunning(steps)).toBeGreaterThan(own + 26 * 4096);
  });
});
