import { describe, expect, it } from "vitest";
import { measureTimers } from "../src/bench/timers.ts";

const TICK_US = 100;

describe("timers, from request to wake-up", () => {
  it("wake within one tick, and a period does not drift", () => {
    const { worstOneshotUs, worstPeriodUs, driftUs } = measureTimers(300);
    expect(worstOneshotUs).toBeGreaterThan(0);
    expect(worstOneshotUs).toBeLessThan(TICK_US);
    expect(worstPeriodUs).toBeLessThan(TICK_US);
    expect(Math.abs(driftUs)).toBeLessThan(TICK_US);
  });
});
