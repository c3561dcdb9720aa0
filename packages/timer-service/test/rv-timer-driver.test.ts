import type { UserContext } from "@cantrip/hosted";
import { RV_TIMER_LAYOUT as LAYOUT } from "@cantrip/hw-riscv/registers";
import { RvTimerDriver } from "@cantrip/timer-service";
import { describe, expect, it } from "vitest";

const ADDRESS = 0x1000;

function setUp(clockHz = 24_000_000): {
  driver: RvTimerDriver;
  stores: [number, number][];
  reads: Map<number, number[]>;
} {
  const stores: [number, number][] = [];
  const reads = new Map<number, number[]>();
  const context = {
    load32: (address: number) => reads.get(address - ADDRESS)?.shift() ?? 0,
    store32: (address: number, value: number) => stores.push([address - ADDRESS, value]),
  } as unknown as UserContext;
  const driver = new RvTimerDriver(context, { address: ADDRESS, clockHz, layout: LAYOUT });
  return { driver, stores, reads };
}

describe("RvTimerDriver", () => {
  it("sets the timer up to count at 10 kHz without an interrupt", () => {
    const { driver, stores } = setUp();
    driver.setup();
    expect(stores).toEqual([
      [LAYOUT.CFG0, 2399 | (1 << 16)],
      [LAYOUT.COMPARE_UPPER0_0, 0],
      [LAYOUT.TIMER_V_LOWER0, 0xffff_0000],
      [LAYOUT.INTR_STATE0, 1],
      [LAYOUT.INTR_ENABLE0, 0],
      [LAYOUT.CTRL, 1],
    ]);
  });

  it("sets the alarm without passing through an earlier one", () => {
    const { driver, stores } = setUp();
    driver.setAlarm(0x1_2345_6789);
    expect(stores).toEqual([
      [LAYOUT.COMPARE_LOWER0_0, 0xffff_ffff],
      [LAYOUT.COMPARE_UPPER0_0, 1],
      [LAYOUT.COMPARE_LOWER0_0, 0x2345_6789],
      [LAYOUT.INTR_ENABLE0, 1],
    ]);
  });

  it("reads again when the low half wraps", () => {
    const { driver, reads } = setUp();
    reads.set(LAYOUT.TIMER_V_UPPER0, [0, 1, 1, 1]);
    reads.set(LAYOUT.TIMER_V_LOWER0, [0, 2]);
    expect(driver.now()).toBe(0x1_0000_0002);
  });

  it.each([24_000_001, 5000, 50_000_000])("refuses a clock of %d Hz", (clockHz) => {
    expect(() => setUp(clockHz)).toThrow(RangeError);
  });
});
