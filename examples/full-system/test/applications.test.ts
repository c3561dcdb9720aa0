import { measureSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import { checkInvariants, type Tcb } from "@cantrip/sel4-kernel";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";
import { EXIT, exits, FAULTS, programOf, SLEEPS, touching } from "./test-programs.ts";
import { sparrowWithUploader } from "./uploader.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function bootWith(programs: Readonly<Record<string, Uint8Array>>): TestSystem {
  const files = Object.entries(programs).map(([name, data]) => ({ name: `${name}.app`, data }));
  return boot({ flash: makeFlash([...builtinApplications(), ...files]) });
}

function holdings(session: TestSystem): unknown {
  const { kernelObjects, slots } = measureSystem(session.system);
  return { kernelObjects, slots, inUse: inUse(session) };
}

function threadNamed({ system }: TestSystem, name: string): Tcb {
  for (let tcb = system.kernel.state.debugThreads; tcb !== null; tcb = tcb.debugNext)
    if (tcb.name === name) return tcb;
  throw new Error(`no thread ${name}`);
}

/** Starts a program that ends by itself, and says how it did. */
function outcomeOf(session: TestSystem, name: string): string {
  expect(session.command(`start ${name}`)).toContain(`Bundle "${name}" started.\n`);
  session.advance(0.2);
  return session.command(`status ${name}`);
}

describe("the states of an application", () => {
  it("12: are Exited with its code, and all that it had is given back", () => {
    const session = bootWith({ done: programOf(exits(42)), fine: programOf(exits(0)) });
    const before = holdings(session);
    expect(outcomeOf(session, "done")).toBe("done: Exited(42)\n");
    expect(outcomeOf(session, "fine")).toBe("fine: Exited(0)\n");
    expect(session.command("bundles")).toBe("");
    expect(holdings(session)).toEqual(before);
    expect(session.command("stop done")).toBe('Bundle "done" stopped.\n');
    expect(session.command("status done")).toBe("done: Stopped\n");
    expect(outcomeOf(session, "done")).toBe("done: Exited(42)\n");
    expect(holdings(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("12: are Faulted, with what it had until it is stopped or started again", () => {
    const session = bootWith({ bad: programOf(FAULTS) });
    const before = holdings(session);
    expect(outcomeOf(session, "bad")).toMatch(/bad: Faulted\n$/);
    expect(session.command("bundles")).toBe("");
    expect(session.command("capscan bad")).toContain("cap_thread_cap");
    expect(holdings(session)).not.toEqual(before);
    expect(outcomeOf(session, "bad")).toMatch(/bad: Faulted\n$/);
    expect(session.command("stop bad")).toBe('Bundle "bad" stopped.\n');
    expect(session.command("status bad")).toBe("bad: Stopped\n");
    expect(holdings(session)).toEqual(before);
  });

  it("come with the fault's record, for those who ask", () => {
    let fault: unknown;
    let other: unknown;
    const flash = makeFlash([{ name: "bad.app", data: programOf(FAULTS) }]);
    const system = sparrowWithUploader(function* ({ processes, thread }): Task<void> {
      yield* processes.call("Start", "bad");
      for (let turn = 0; turn < 200; turn++) yield* thread.sel4.yield();
      ({ fault } = yield* processes.call("GetBundleFault", "bad"));
      yield* processes.call("Stop", "bad");
      other = yield* processes.call("GetBundleFault", "bad");
    });
    const session = bootSystem({ system, flash });
    const untilCycle = 5 * session.system.cyclesPerSecond;
    session.system.run({ untilCycle, until: () => other !== undefined });
    // A virtual-memory fault at the first instruction, at address 16, of data.
    expect(fault).toMatchObject({ label: 6, words: [0x1_0000, 16, 0, expect.any(Number)] });
    expect(other).toEqual({ fault: undefined });
  });

  it("are Running again as often as its manifest says", () => {
    const restarted = (restart: "always" | "on-failure", source: string): Uint8Array =>
      programOf(source, { manifest: { restart, maxRestarts: 2 } });
    const session = bootWith({
      bad: restarted("on-failure", FAULTS),
      failing: restarted("on-failure", exits(1)),
      fine: restarted("on-failure", exits(0)),
      once: programOf(FAULTS),
    });
    const before = holdings(session);
    const faults = (name: string): number => {
      const { length } = session.transcript;
      expect(session.command(`start ${name}`)).toContain("started.");
      session.advance(0.3);
      return session.transcript.slice(length).split(`[${name}]::virtual-memory fault`).length - 1;
    };
    expect(faults("once")).toBe(1);
    expect(faults("bad")).toBe(3);
    expect(session.command("status bad")).toBe("bad: Faulted\n");
    expect(faults("bad")).toBe(3);
    expect(outcomeOf(session, "failing")).toBe("failing: Exited(1)\n");
    expect(outcomeOf(session, "fine")).toBe("fine: Exited(0)\n");
    for (const name of ["bad", "once"]) session.command(`stop ${name}`);
    expect(holdings(session)).toEqual(before);
  });
});

describe("what a manifest says", () => {
  /** Touches the stack downwards from sp and the heap from a4 on. */
  const touches = (stackBytes: number): string => `
  mv t2, sp
  li t4, ${stackBytes}
  sub t1, sp, t4
  ${touching("stack")}
  mv t1, a4
  add t2, a4, a5
  ${touching("heap")}
  srli t0, a5, 12
  ${EXIT}`;

  it("10: is what an application gets: stack and heap", () => {
    const manifest = { stackBytes: 64 * KIB, heapBytes: 48 * KIB };
    const session = bootWith({
      usual: programOf(touches(16 * KIB)),
      greedy: programOf(touches(64 * KIB)),
      large: programOf(touches(64 * KIB), { manifest }),
      larger: programOf(touches(68 * KIB), { manifest }),
    });
    expect(outcomeOf(session, "usual")).toBe("usual: Exited(0)\n");
    expect(outcomeOf(session, "greedy")).toMatch(/greedy: Faulted\n$/);
    expect(outcomeOf(session, "large")).toBe("large: Exited(12)\n");
    expect(outcomeOf(session, "larger")).toMatch(/larger: Faulted\n$/);
  });

  it("11: is what an application gets: priority, budget and period", () => {
    const manifest = { priority: 100, budgetUs: 2000, periodUs: 50_000 };
    const session = bootWith({
      usual: programOf(SLEEPS),
      modest: programOf(SLEEPS, { manifest }),
    });
    for (const name of ["usual", "modest"]) session.command(`start ${name}`);
    session.advance(0.2);
    const figures = (name: string): unknown => {
      const { priority, maxControlledPriority, schedContext } = threadNamed(session, name);
      return [priority, maxControlledPriority, schedContext?.budget, schedContext?.period];
    };
    // Ticks of 24 MHz; a period as long as its budget is a round robin, which the kernel notes as 0.
    const TICKS_PER_US = 24;
    expect(figures("usual")).toEqual([254, 254, 10_000 * TICKS_PER_US, 0]);
    expect(figures("modest")).toEqual([100, 100, 2000 * TICKS_PER_US, 50_000 * TICKS_PER_US]);
  });

  it("is refused when it makes no sense", () => {
    const image = programOf(SLEEPS, { manifest: { priority: 100 } });
    const text = Buffer.from(image).indexOf("Priority");
    image[text] = 0x51;
    const session = bootWith({ odd: image });
    const before = inUse(session);
    expect(session.command("start odd")).toMatch(/start failed: manifest: wrong CRC/);
    expect(inUse(session)).toEqual(before);
  });
});

describe("an application", () => {
  it("10: may span several windows of 4 MiB", () => {
    const far = 0x0c00_0000;
    const source = `
  li t1, ${far}
  lw t0, 0(t1)
  li t1, ${5 * MIB}
  sw t0, 0(t1)
  lw t0, 0(t1)
  ${EXIT}`;
    const parts = [
      { vaddr: 5 * MIB, data: Uint8Array.of(1), msize: 8192, isWritable: true },
      { vaddr: far, data: Uint8Array.of(99, 0, 0, 0) },
    ] as const;
    const session = bootWith({ wide: programOf(source, { parts }) });
    const before = holdings(session);
    expect(outcomeOf(session, "wide")).toBe("wide: Exited(99)\n");
    expect(holdings(session)).toEqual(before);
  });
});
