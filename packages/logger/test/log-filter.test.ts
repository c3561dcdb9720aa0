import { LogLevel } from "@cantrip/interfaces/logger";
import { LogFilter, MAX_FILTERED_TARGETS } from "@cantrip/logger";
import { describe, expect, it } from "vitest";

describe("LogFilter", () => {
  it("prints up to the level, or up to that of the target", () => {
    const filter = new LogFilter(LogLevel.Info);
    filter.setTarget("timer", LogLevel.Debug);
    filter.setTarget("[hello]", LogLevel.Off);
    expect(filter.prints(LogLevel.Debug, "timer::x")).toBe(true);
    expect(filter.prints(LogLevel.Trace, "timer::x")).toBe(false);
    expect(filter.prints(LogLevel.Error, "[hello]::x")).toBe(false);
    for (const record of ["timers::x", "memory::timer::x", "::x", "timer"]) {
      expect(filter.prints(LogLevel.Info, record)).toBe(true);
      expect(filter.prints(LogLevel.Debug, record)).toBe(false);
    }
    filter.setTarget("timer", undefined);
    expect(filter.prints(LogLevel.Debug, "timer::x")).toBe(false);
    expect(filter.targets).toEqual([["[hello]", LogLevel.Off]]);
  });

  it("goes by the longest target that fits", () => {
    const filter = new LogFilter(LogLevel.Off);
    filter.setTarget("a", LogLevel.Error);
    filter.setTarget("a::b", LogLevel.Warn);
    expect(filter.prints(LogLevel.Warn, "a::b::text")).toBe(true);
    expect(filter.prints(LogLevel.Warn, "a::c::text")).toBe(false);
    expect(filter.prints(LogLevel.Error, "a::c::text")).toBe(true);
  });

  it("holds a bounded number of targets", () => {
    const filter = new LogFilter(LogLevel.Info);
    for (let index = 0; index < MAX_FILTERED_TARGETS; index++)
      expect(filter.setTarget(`t${index}`, LogLevel.Warn)).toBe(true);
    expect(filter.setTarget("one more", LogLevel.Warn)).toBe(false);
    expect(filter.setTarget("t0", LogLevel.Trace)).toBe(true);
    expect(filter.targets).toHaveLength(MAX_FILTERED_TARGETS);
  });
});
