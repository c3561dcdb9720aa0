import { AppRegistry, AppTimers, LOG_WINDOW_TICKS, LogBudget } from "@cantrip/sdk-runtime";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { OriginalLog, OriginalRegistry, OriginalTimers } from "./original-runtime.ts";

type Timers = Pick<AppTimers, "start" | "take" | "release"> & { expire(now: number): unknown };
const timers = {
  ours: (): Timers => new AppTimers(),
  mutant: (): Timers => new OriginalTimers(),
};
const [ONE, OTHER] = [0x100, 0x101];

describe("defects of CantripOS's SDK runtime", () => {
  defect(
    "14: the timers of an application leave those of another one alone",
    timers,
    (make) => {
      const subject = make();
      for (const badge of [ONE, OTHER])
        for (let id = 0; id < 31; id++) expect(subject.start(badge, id, 100)).toBe(true);
      subject.expire(100);
      expect(subject.take(ONE)).toBe(0x7fff_ffff);
      expect(subject.take(OTHER)).toBe(0x7fff_ffff);
    },
    /expected false to be true/,
  );

  defect(
    "14: a second timer of an id is refused",
    timers,
    (make) => {
      const subject = make();
      expect(subject.start(ONE, 3, 50)).toBe(true);
      expect(subject.start(ONE, 3, 5000)).toBe(false);
      subject.expire(50);
      expect(subject.take(ONE)).toBe(1 << 3);
    },
    /expected true to be false/,
  );

  defect(
    "14: a timer that was started twice is not lost when its application goes",
    timers,
    (make) => {
      const subject = make();
      for (let life = 0; life < 40; life++) {
        expect(subject.start(ONE, 0, 100)).toBe(true);
        subject.start(ONE, 0, 100);
        subject.release(ONE);
      }
      expect(subject.start(OTHER, 0, 100)).toBe(true);
      expect(subject.start(OTHER, 1, 100)).toBe(true);
    },
    /expected false to be true/,
  );

  type Registry = Pick<AppRegistry, "register"> | OriginalRegistry;
  defect<() => Registry & { release(appId: string): unknown }>(
    "15: a second GetEndpoint is refused, and does not stop the runtime",
    { ours: () => new AppRegistry(), mutant: () => new OriginalRegistry() },
    (make) => {
      const registry = make();
      expect(registry.register("hello")).toBeDefined();
      expect(registry.register("hello")).toBeUndefined();
    },
    /assertion failed/,
  );

  defect<() => Registry & { release(appId: string): unknown }>(
    "15: an application that is started again has another badge: a copy of the old capability is nobody's",
    { ours: () => new AppRegistry(), mutant: () => new OriginalRegistry() },
    (make) => {
      const registry = make();
      const badges = new Set<number | undefined>();
      for (let life = 0; life < 100; life++) {
        badges.add(registry.register("hello")?.badge);
        registry.release("hello");
      }
      expect(badges.size).toBe(100);
    },
    /expected 1 to be 100/,
  );

  defect<() => Pick<LogBudget, "spend" | "renew" | "drop" | "takeDropped">>(
    "an application cannot flood the log",
    { ours: () => new LogBudget(), mutant: () => new OriginalLog() },
    (make) => {
      const log = make();
      let bytes = 0;
      for (let record = 0; record < 10_000; record++) {
        if (log.spend(100)) bytes += 100;
        else if (!log.renew(0)) log.drop();
      }
      expect(bytes).toBeLessThan(20_000);
      expect(log.takeDropped()).toBeGreaterThan(9000);
      expect(log.renew(LOG_WINDOW_TICKS)).toBe(true);
      expect(log.spend(100)).toBe(true);
    },
    /expected 1000000 to be less than 20000/,
  );
});

describe("AppRegistry", () => {
  it("15: uses no badge twice until all copies are gone, and there is nobody who has one", () => {
    const registry = new AppRegistry(0x102);
    const badges = ["a", "b", "c"].map((name) => registry.register(name)?.badge);
    expect(badges).toEqual([0x100, 0x101, 0x102]);
    registry.release("a");
    expect(registry.register("d")).toBeUndefined();
    expect(registry.isExhausted).toBe(true);
    expect(() => {
      registry.renew();
    }).toThrow(RangeError);
    for (const name of ["b", "c"]) registry.release(name);
    registry.renew();
    expect(registry.register("d")?.badge).toBe(0x100);
  });
});
