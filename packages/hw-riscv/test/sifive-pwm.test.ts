import { EventQueue, type DeviceClock } from "@cantrip/hw-riscv";
import { SifivePwm } from "@cantrip/hw-riscv/devices";
import { SifivePwmCfg as Cfg, SifivePwmRegister as Register } from "@cantrip/hw-riscv/registers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** A PWM whose counter counts cycles, and its clock. */
function make(): {
  pwm: SifivePwm;
  levels: boolean[];
  run: (cycles: number) => void;
  events: EventQueue;
} {
  const events = new EventQueue();
  const clock = {
    now: 0,
    cyclesPerSecond: 1000,
    schedule: (at: number, action: () => void) => events.add(at, action),
    cancel: (event) => {
      events.cancel(event);
    },
  } satisfies DeviceClock;
  const levels = [false, false, false, false];
  const lines = levels.map((_, index) => ({
    set: (level: boolean): void => {
      levels[index] = level;
    },
  }));
  const pwm = new SifivePwm(clock, lines, 1000);
  const run = (cycles: number): void => {
    const end = clock.now + cycles;
    while (events.next <= end) {
      clock.now = Math.max(events.next, clock.now);
      events.runDue(clock.now);
    }
    clock.now = end;
  };
  return { pwm, levels, run, events };
}

/**
 * The same, stepped tick by tick, from the manual's text: what the counter and the interrupts do in each clock.
 */
class SteppedPwm {
  config = 0;
  ip = 0;
  count = 0;
  compare = [0xffff, 0xffff, 0xffff, 0xffff];

  get scaled(): number {
    return (this.count >>> (this.config & 15)) & 0xffff;
  }
  isElapsed(index: number): boolean {
    const isCentred = ((this.config >>> (16 + index)) & 1) === 1;
    const value = isCentred && this.scaled >= 0x8000 ? 0xffff - this.scaled : this.scaled;
    return value >= (this.compare[index] ?? 0);
  }
  settle(isReset: boolean): void {
    for (let index = 0; index < 4; index++) {
      const holds =
        (this.config & Cfg.PWMSTICKY) !== 0 || ((this.config & Cfg.PWMDEGLITCH) !== 0 && !isReset);
      if (this.isElapsed(index)) this.ip |= 1 << index;
      else if (!holds) this.ip &= ~(1 << index);
    }
  }
  tick(): void {
    if ((this.config & (Cfg.PWMENALWAYS | Cfg.PWMENONESHOT)) === 0) return;
    const carries = (this.count + 1) % 2 ** (16 + (this.config & 15)) === 0;
    const isReset = carries || ((this.config & Cfg.PWMZEROCMP) !== 0 && this.isElapsed(0));
    this.count = isReset ? 0 : this.count + 1;
    if (isReset) this.config &= ~Cfg.PWMENONESHOT;
    this.settle(isReset);
  }
}

// FU540-C000 manual v1p4, table 92 and the sections after it.
describe("SiFive's PWM", () => {
  test("has its registers where the manual has them", () => {
    expect(Register).toEqual({
      ...{ PWMCFG: 0, PWMCOUNT: 8, PWMS: 0x10 },
      ...{ PWMCMP0: 0x20, PWMCMP1: 0x24, PWMCMP2: 0x28, PWMCMP3: 0x2c },
    });
    const { pwm } = make();
    pwm.write(Register.PWMCFG, -1, 4);
    expect(pwm.read(Register.PWMCFG, 4)).toBe(0xff0f370f);
    pwm.write(Register.PWMCFG, 0, 4);
    pwm.write(Register.PWMCOUNT, -1, 4);
    pwm.write(Register.PWMCMP2, -1, 4);
    expect(pwm.read(Register.PWMCOUNT, 4)).toBe(0x7fffffff);
    expect(pwm.read(Register.PWMCMP2, 4)).toBe(0xffff);
  });

  test("shows 16 bits of the counter, moved by the scale", () => {
    const { pwm } = make();
    pwm.write(Register.PWMCOUNT, 0x12345678, 4);
    pwm.write(Register.PWMCFG, 4, 4);
    expect(pwm.read(Register.PWMS, 4)).toBe(0x4567);
    pwm.write(Register.PWMS, 0, 4);
    expect(pwm.read(Register.PWMS, 4)).toBe(0x4567);
  });

  test("counts while it is enabled, and only then", () => {
    const { pwm, run } = make();
    run(100);
    expect(pwm.read(Register.PWMCOUNT, 4)).toBe(0);
    pwm.write(Register.PWMCFG, Cfg.PWMENALWAYS, 4);
    run(100);
    expect(pwm.read(Register.PWMCOUNT, 4)).toBe(100);
    pwm.write(Register.PWMCFG, 0, 4);
    run(100);
    expect(pwm.read(Register.PWMCOUNT, 4)).toBe(100);
  });

  test("as seL4's driver uses it for one time-out", () => {
    const { pwm, levels, run, events } = make();
    pwm.write(Register.PWMCFG, Cfg.PWMZEROCMP | Cfg.PWMSTICKY, 4);
    pwm.write(Register.PWMCMP0, 50, 4);
    const config = pwm.read(Register.PWMCFG, 4);
    pwm.write(Register.PWMCFG, config | Cfg.PWMENONESHOT | 2, 4);
    run(199);
    expect(levels).toEqual([false, false, false, false]);
    run(1);
    expect(levels).toEqual([true, false, false, false]);
    run(1);
    expect(pwm.read(Register.PWMCFG, 4)).toBe(
      (Cfg.PWMZEROCMP | Cfg.PWMSTICKY | Cfg.PWMCMP0IP | 2) >>> 0,
    );
    expect(pwm.read(Register.PWMCOUNT, 4)).toBe(0);
    pwm.write(Register.PWMCFG, Cfg.PWMZEROCMP | Cfg.PWMSTICKY | 2, 4);
    expect(levels[0]).toBe(false);
    expect(events.next).toBe(Infinity);
    run(10_000);
    expect(levels[0]).toBe(false);
  });

  test("as seL4's driver uses it for periodic time-outs", () => {
    const { pwm, levels, run } = make();
    pwm.write(Register.PWMCMP0, 99, 4);
    const running = Cfg.PWMZEROCMP | Cfg.PWMSTICKY | Cfg.PWMENALWAYS;
    pwm.write(Register.PWMCFG, running, 4);
    for (let period = 0; period < 5; period++) {
      run(98);
      expect(levels[0]).toBe(false);
      run(1);
      expect(levels[0]).toBe(true);
      run(1);
      expect([levels[0], pwm.read(Register.PWMCOUNT, 4)]).toEqual([true, 0]);
      pwm.write(Register.PWMCFG, running, 4);
      expect(levels[0]).toBe(false);
    }
  });

  test("does what its registers say in each clock, whatever is written and however it is looked at", () => {
    let interrupts = 0;
    const step = fc.oneof(
      fc.record({ kind: fc.constant("run" as const), value: fc.integer({ min: 1, max: 300 }) }),
      fc.record({
        kind: fc.constant("config" as const),
        value: fc
          .record({
            scale: fc.integer({ min: 0, max: 3 }),
            flags: fc.subarray([
              ...[Cfg.PWMSTICKY, Cfg.PWMZEROCMP, Cfg.PWMDEGLITCH, Cfg.PWMENALWAYS],
              ...[Cfg.PWMENONESHOT, Cfg.PWMCMP0CENTER << 1],
            ]),
          })
          .map(({ scale, flags }) => flags.reduce((sum, flag) => sum | flag, scale)),
      }),
      fc.record({
        kind: fc.constant("compare" as const),
        index: fc.integer({ min: 0, max: 3 }),
        value: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0x7fe0, max: 0xffff })),
      }),
      fc.record({
        kind: fc.constant("count" as const),
        value: fc.oneof(
          fc.integer({ min: 0, max: 100 }),
          fc.integer({ min: 0x7ff0, max: 0x8010 }),
          fc.integer({ min: 0xffc0, max: 0xffff }),
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const { pwm, levels, run } = make();
        const model = new SteppedPwm();
        for (const one of steps) {
          if (one.kind === "run") {
            run(one.value);
            for (let tick = 0; tick < one.value; tick++) model.tick();
          } else {
            if (one.kind === "config") {
              pwm.write(Register.PWMCFG, one.value, 4);
              model.config = one.value;
              model.ip = 0;
            } else if (one.kind === "count") {
              pwm.write(Register.PWMCOUNT, one.value, 4);
              model.count = one.value;
            } else {
              pwm.write(Register.PWMCMP0 + 4 * one.index, one.value, 4);
              model.compare[one.index] = one.value;
            }
            model.settle(false);
          }
          expect(levels).toEqual([0, 1, 2, 3].map((bit) => ((model.ip >>> bit) & 1) === 1));
          if (model.ip !== 0) interrupts++;
          expect(pwm.read(Register.PWMCOUNT, 4)).toBe(model.count);
          expect(pwm.read(Register.PWMCFG, 4)).toBe((model.config | (model.ip << 28)) >>> 0);
        }
      }),
      { numRuns: 400 },
    );
    expect(interrupts).toBeGreaterThan(1000);
  });
});
