import { TimerServiceError } from "@cantrip/interfaces/timer";
import { TimerFailure, TimerManager } from "@cantrip/timer-service";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { FakeTimer } from "./fake-timer.ts";

function setUp(): { timer: FakeTimer; manager: TimerManager } {
  return { timer: new FakeTimer(), manager: new TimerManager(4) };
}

function codeOf(action: () => unknown): TimerServiceError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof TimerFailure) return error.code;
    throw error;
  }
  return undefined;
}

describe("oneshot timers", () => {
  it("expire at their deadline, once", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 1, 5, 20);
    expect(timer.alarm).toBe(1200);
    timer.time = 1199;
    expect(manager.serviceInterrupt(timer)).toEqual([]);
    expect(timer.alarm).toBe(1200);
    timer.time = 1200;
    expect(manager.serviceInterrupt(timer)).toEqual([1]);
    expect(timer.alarm).toBeUndefined();
    expect(manager.completedTimers(1)).toBe(1 << 5);
    expect(manager.completedTimers(1)).toBe(0);
  });

  it("of one deadline all expire, first come, first served", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 3, 0, 10);
    manager.addOneshot(timer, 1, 0, 10);
    manager.addOneshot(timer, 3, 1, 10);
    timer.time += 100;
    expect(manager.serviceInterrupt(timer)).toEqual([3, 1]);
    expect(manager.completedTimers(3)).toBe(0b11);
    expect(manager.completedTimers(1)).toBe(0b1);
  });

  it("of no duration expire at the next interrupt", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 1, 0, 0);
    expect(timer.alarm).toBe(timer.time);
    expect(manager.serviceInterrupt(timer)).toEqual([1]);
  });

  it("report timer 31 as an unsigned mask", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 1, 31, 0);
    manager.serviceInterrupt(timer);
    expect(manager.completedTimers(1)).toBe(0x8000_0000);
  });
});

describe("periodic timers", () => {
  it("stay at multiples of their period when served late", () => {
    const { timer, manager } = setUp();
    manager.addPeriodic(timer, 2, 1, 10);
    timer.time = 1103;
    expect(manager.serviceInterrupt(timer)).toEqual([2]);
    expect(timer.alarm).toBe(1200);
    timer.time = 1450;
    expect(manager.serviceInterrupt(timer)).toEqual([2]);
    expect(timer.alarm).toBe(1500);
  });

  it("need a period", () => {
    const { timer, manager } = setUp();
    expect(
      codeOf(() => {
        manager.addPeriodic(timer, 1, 0, 0);
      }),
    ).toBe(TimerServiceError.UnknownError);
  });
});

describe("cancel", () => {
  it("arms the next timer, or none", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 1, 0, 10);
    manager.addOneshot(timer, 1, 1, 20);
    manager.cancel(timer, 1, 0);
    expect(timer.alarm).toBe(1200);
    manager.cancel(timer, 1, 1);
    expect(timer.alarm).toBeUndefined();
  });

  it("leaves the completed bit", () => {
    const { timer, manager } = setUp();
    manager.addPeriodic(timer, 1, 0, 10);
    timer.time += 100;
    manager.serviceInterrupt(timer);
    manager.cancel(timer, 1, 0);
    expect(manager.completedTimers(1)).toBe(1);
  });
});

describe("refusals", () => {
  it("unknown clients and timers", () => {
    const { timer, manager } = setUp();
    for (const client of [0, 5]) {
      expect(
        codeOf(() => {
          manager.addOneshot(timer, client, 0, 1);
        }),
      ).toBe(TimerServiceError.NoSuchTimer);
      expect(codeOf(() => manager.completedTimers(client))).toBe(TimerServiceError.NoSuchTimer);
    }
    expect(
      codeOf(() => {
        manager.addOneshot(timer, 1, 32, 1);
      }),
    ).toBe(TimerServiceError.NoSuchTimer);
    expect(
      codeOf(() => {
        manager.cancel(timer, 1, 0);
      }),
    ).toBe(TimerServiceError.NoSuchTimer);
  });

  it("a timer that is running, of the same client only", () => {
    const { timer, manager } = setUp();
    manager.addOneshot(timer, 1, 0, 1);
    expect(
      codeOf(() => {
        manager.addPeriodic(timer, 1, 0, 1);
      }),
    ).toBe(TimerServiceError.TimerAlreadyExists);
    expect(
      codeOf(() => {
        manager.addOneshot(timer, 2, 0, 1);
      }),
    ).toBeUndefined();
  });
});

/** What the manager keeps, as plainly as can be. */
interface ModelTimer {
  readonly client: number;
  readonly id: number;
  deadline: number;
  readonly period: number | undefined;
}

describe("any timers", () => {
  it("expire when the clock reaches their deadline, not before", () => {
    const report = new FuzzReport("oneshot timers");
    const timers = fc.uniqueArray(
      fc.record({ id: fc.nat(31), client: fc.integer({ min: 1, max: 4 }), ms: fc.nat(50) }),
      { selector: ({ id, client }) => client * 32 + id, maxLength: 60 },
    );
    fc.assert(
      fc.property(timers, fc.array(fc.nat(59)), (wanted, cancelled) => {
        const { timer, manager } = setUp();
        const start = timer.time;
        for (const { client, id, ms } of wanted) manager.addOneshot(timer, client, id, ms);
        const gone = new Set(cancelled.map((index) => wanted[index]));
        for (const one of gone) if (one !== undefined) manager.cancel(timer, one.client, one.id);
        const left = wanted.filter((one) => !gone.has(one));
        while (timer.alarm !== undefined) {
          timer.time = timer.alarm;
          manager.serviceInterrupt(timer);
          for (let client = 1; client <= 4; client++) {
            const due = left
              .filter((one) => one.client === client && start + one.ms * 10 === timer.time)
              .reduce((mask, { id }) => (mask | (1 << id)) >>> 0, 0);
            expect(manager.completedTimers(client)).toBe(due);
          }
        }
        expect(timer.time).toBe(start + Math.max(0, ...left.map(({ ms }) => ms * 10)));
        report.succeeded(wanted.length + gone.size);
      }),
      { numRuns: 100 },
    );
    report.finish();
  });

  it("are what a list of them says after any requests", () => {
    const report = new FuzzReport("timer requests");
    const client = fc.constantFrom(...Array<number[]>(6).fill([1, 2, 3, 4]).flat(), 0, 5);
    const id = fc.constantFrom(...Array.from({ length: 32 }, (_, index) => index), 32, 99);
    const ms = fc.nat(30);
    const request = fc.oneof(
      fc.record({ kind: fc.constant("oneshot" as const), client, id, ms }),
      fc.record({ kind: fc.constant("periodic" as const), client, id, ms }),
      fc.record({ kind: fc.constant("at" as const), client, id, ms }),
      fc.record({ kind: fc.constant("cancel" as const), client, id: fc.nat(40), ms }),
      fc.record({ kind: fc.constant("completed" as const), client, id, ms }),
      fc.record({ kind: fc.constant("pass" as const), client, id, ms }),
    );
    const late = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80, size: "max" }), late, (requests, delay) => {
        const { timer, manager } = setUp();
        let model: ModelTimer[] = [];
        const masks = new Map<number, number>();
        const expire = (): void => {
          for (const each of model.filter(({ deadline }) => deadline <= timer.time)) {
            masks.set(each.client, ((masks.get(each.client) ?? 0) | (1 << each.id)) >>> 0);
            while (each.period !== undefined && each.deadline <= timer.time)
              each.deadline += each.period;
          }
          model = model.filter(({ deadline }) => deadline > timer.time);
        };
        for (const one of requests) {
          const isClient = one.client >= 1 && one.client <= 4;
          const known = model.find((each) => each.client === one.client && each.id === one.id);
          const { TimerAlreadyExists, NoSuchTimer, UnknownError } = TimerServiceError;
          let expected: TimerServiceError | undefined;
          const failure = codeOf(() => {
            switch (one.kind) {
              case "oneshot":
              case "periodic": {
                const isPeriodic = one.kind === "periodic";
                if (isPeriodic && one.ms === 0) expected = UnknownError;
                else if (!isClient || one.id > 31) expected = NoSuchTimer;
                else if (known !== undefined) expected = TimerAlreadyExists;
                if (isPeriodic) manager.addPeriodic(timer, one.client, one.id, one.ms);
                else manager.addOneshot(timer, one.client, one.id, one.ms);
                const deadline = timer.time + one.ms * 10;
                const period = isPeriodic ? one.ms * 10 : undefined;
                model.push({ client: one.client, id: one.id, deadline, period });
                break;
              }
              case "at": {
                if (!isClient || one.id > 31) expected = NoSuchTimer;
                const deadline = timer.time + one.ms * 10;
                manager.addAt(timer, one.client, one.id, deadline);
                model = model.filter((each) => each !== known);
                model.push({ client: one.client, id: one.id, deadline, period: undefined });
                break;
              }
              case "cancel":
                if (known === undefined) expected = NoSuchTimer;
                manager.cancel(timer, one.client, one.id);
                model = model.filter((each) => each !== known);
                break;
              case "completed":
                if (!isClient) expected = NoSuchTimer;
                expect(manager.completedTimers(one.client)).toBe(masks.get(one.client) ?? 0);
                masks.delete(one.client);
                break;
              case "pass":
                timer.time += one.ms * 10 + delay;
                if (timer.alarm === undefined || timer.alarm > timer.time) break;
                manager.serviceInterrupt(timer);
                expire();
            }
          });
          expect(failure).toBe(expected);
          const next =
            model.length === 0 ? undefined : Math.min(...model.map((each) => each.deadline));
          expect(timer.alarm).toBe(next);
          report.count(failure === undefined ? undefined : `code ${failure}`);
        }
      }),
      { numRuns: 200 },
    );
    report.finish();
  });
});
