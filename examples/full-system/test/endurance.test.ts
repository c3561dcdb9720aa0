import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { measureSystem } from "@cantrip/assembly/riscv";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

const ROUNDS = 200;
const WARM_UP = 100;
/** Bytes of the host that a round may leave: its line of the transcript, and what the JIT compiler adds. */
const HOST_BYTES_PER_ROUND = 10_000;

/** Everything that a round must give back. */
function holdings(session: TestSystem): unknown {
  const { kernelObjects, memory, slots } = measureSystem(session.system);
  return { kernelObjects, memory, slots, inUse: inUse(session) };
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

describe("what programs use comes back", () => {
  it("to every component, slot by slot and byte by byte, after all kinds of programs", () => {
    const session = boot();
    const before = holdings(session);
    const { slots } = measureSystem(session.system);
    expect(Object.keys(slots)).toHaveLength(session.system.image.births.size);
    session.command("builtins");
    session.command("start hello");
    expect(holdings(session)).not.toEqual(before);
    for (const command of ["bundles", "status hello", "capscan hello", "ps", "mstats"])
      session.command(command);
    session.command("stop hello");
    expect(holdings(session)).toEqual(before);
    session.command("start suicide");
    session.expectConsole("[suicide]::virtual-memory fault:\n");
    session.command("stop suicide");
    session.command("start fibonacci");
    session.expectConsole("[47] 2971215073");
    session.command("stop fibonacci");
    expect(holdings(session)).toEqual(before);
  });

  it(`after ${ROUNDS} rounds, with the kernel's state sound after each, and on the host too`, () => {
    const session = boot();
    const before = holdings(session);
    let heapAfterWarmUp = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      session.command("start hello");
      session.command("stop hello");
      checkInvariants(session.system.kernel.state);
      if (round === WARM_UP) heapAfterWarmUp = heapUsed();
    }
    expect(holdings(session)).toEqual(before);
    const perRound = (heapUsed() - heapAfterWarmUp) / (ROUNDS - WARM_UP);
    expect(perRound).toBeLessThan(HOST_BYTES_PER_ROUND);
  });
});
