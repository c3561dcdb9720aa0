import { sparrow } from "@cantrip/assembly/cantrip";

import { type ChromeTrace, createChromeTrace } from "@cantrip/assembly/trace";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { bootSystem } from "@cantrip/testing";
import { beforeAll, describe, expect, test } from "vitest";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

function record(trace: ChromeTrace): TraceEvent[] {
  const session = bootSystem({
    system: sparrow(),
    flash: makeFlash(builtinApplications()),
    observer: trace,
  });
  session.expectPrompt();
  session.command("start hello");
  session.advance(0.01);
  session.command("sleep 10");
  session.command("start suicide");
  session.advance(0.01);
  const parsed = JSON.parse(trace.json()) as { traceEvents: TraceEvent[] };
  return parsed.traceEvents;
}

/** Nanoseconds: sums of microseconds are not exact. */
function ns(us: number): number {
  return Math.round(us * 1000);
}

function byId(events: readonly TraceEvent[], ph: string): Map<number, TraceEvent> {
  return new Map(events.flatMap((event) => (event.ph === ph ? [[event.id ?? -1, event]] : [])));
}

describe("Chrome trace of sparrow", () => {
  let events: TraceEvent[];
  beforeAll(() => {
    events = record(createChromeTrace());
  });

  test("names components and threads", () => {
    const name = (kind: string): unknown[] =>
      events.filter(({ name }) => name === kind).map(({ args }) => args?.["name"]);
    expect(name("process_name")).toEqual(
      expect.arrayContaining(["kernel", "rootserver", "debug_console", "process_manager", "hello"]),
    );
    expect(name("thread_name")).toEqual(
      expect.arrayContaining(["debug_console:control", "security_coordinator:security", "hello"]),
    );
    const tids = new Set(events.filter(({ name }) => name === "thread_name").map(({ tid }) => tid));
    expect(tids.size).toBe(name("thread_name").length);
    expect(events.every(({ tid }) => tids.has(tid))).toBe(true);
  });

  test("is sorted, and slices do not overlap: there is one hart", () => {
    const timed = events.filter(({ ph }) => ph !== "M");
    expect(timed.length).toBeGreaterThan(500);
    timed.forEach(({ ts = -1, dur = 0 }, index) => {
      expect(ts).toBeGreaterThanOrEqual(timed[index - 1]?.ts ?? 0);
      expect(dur).toBeGreaterThanOrEqual(0);
    });
    const slices = timed.filter(({ ph }) => ph === "X");
    expect(slices.length).toBeGreaterThan(100);
    for (const [index, { ts = 0, dur = 0 }] of slices.entries()) {
      const next = slices[index + 1];
      if (next !== undefined) expect(ns(ts + dur)).toBeLessThanOrEqual(ns(next.ts ?? 0));
    }
  });

  test("arrows start in a slice of the sender, and each has one end", () => {
    const starts = byId(events, "s");
    const ends = byId(events, "f");
    expect(starts.size).toBeGreaterThan(100);
    expect([...ends.keys()].sort((a, b) => a - b)).toEqual(
      [...starts.keys()].sort((a, b) => a - b),
    );
    expect(events.filter(({ ph }) => ph === "s")).toHaveLength(starts.size);
    expect(events.filter(({ ph }) => ph === "f")).toHaveLength(ends.size);
    const slices = events.filter(({ ph }) => ph === "X");
    for (const [id, start] of starts) {
      const at = ns(start.ts ?? 0);
      const inside = slices.filter(
        ({ tid, ts = 0, dur = 0 }) =>
          tid === start.tid && ns(ts) <= at && at <= ns(ts) + ns(dur) + 1,
      );
      expect(inside, JSON.stringify(start)).not.toHaveLength(0);
      expect(ends.get(id)?.ts).toBeGreaterThanOrEqual(start.ts ?? 0);
    }
  });

  test("calls go from request to reply, with both", () => {
    const begins = byId(events, "b");
    const ends = byId(events, "e");
    expect([...ends.keys()].sort()).toEqual([...begins.keys()].sort());
    const start = [...begins.values()].find(
      ({ args }) => args?.["request"] === 'proc_ctrl.Start("hello")',
    );
    expect(start?.name).toBe("proc_ctrl.Start");
    const end = ends.get(start?.id ?? -1);
    expect(end?.args).toEqual({ reply: "proc_ctrl.Start -> Success" });
    const load = [...begins.values()].find(
      ({ args }) => args?.["request"] === 'security.LoadApplication("hello")',
    );
    expect(load?.ts).toBeGreaterThan(start?.ts ?? Infinity);
    expect(load?.ts).toBeLessThan(end?.ts ?? 0);
  });

  test("interrupts and faults are instants", () => {
    const instants = events.filter(({ ph }) => ph === "i");
    expect(instants.find(({ name }) => name === "irq 31")?.args).toEqual({
      notification: "timer_interrupt_ntfn",
    });
    expect(instants.filter(({ cat }) => cat === "fault").map(({ name }) => name)).toEqual([
      expect.stringMatching(/^seL4_Fault_VMFault ip=0x1/),
    ]);
  });

  test("that is full is still whole", () => {
    const trace = createChromeTrace({ maxEvents: 100 });
    const few = record(trace);
    expect(trace.isFull).toBe(true);
    expect(few.length).toBeLessThan(events.length / 2);
    expect([...byId(few, "e").keys()].sort()).toEqual([...byId(few, "b").keys()].sort());
    expect(byId(few, "s").size).toBe(byId(few, "f").size);
  });

  test("is of one system", () => {
    const trace = createChromeTrace();
    bootSystem({ system: sparrow(), observer: trace });
    expect(() => bootSystem({ system: sparrow(), observer: trace })).toThrow(RangeError);
  });
});
