import { TimerServiceError } from "@cantrip/interfaces/timer";
import { TimerFailure, TimerManager } from "@cantrip/timer-service";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FakeTimer } from "./fake-timer.ts";
import { OriginalTimerManager, type TestedTimerManager } from "./original-timer-manager.ts";

type MakeManager = () => TestedTimerManager;

const ours: MakeManager = () => new TimerManager(4);
const original: MakeManager = () => new OriginalTimerManager();

function timerDefect(name: string, test: (make: MakeManager) => void, failure: RegExp): void {
  defect(name, { ours, mutant: original }, test, failure);
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

/** Lets the alarm ring, `lateTicks` after its time. */
function ring(timer: FakeTimer, manager: TestedTimerManager, lateTicks = 0): void {
  timer.time = Math.max(timer.time, timer.alarm ?? 0) + lateTicks;
  manager.serviceInterrupt(timer);
}

describe("defects of CantripOS's timer service", () => {
  timerDefect(
    "20: timers of one deadline are all kept",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      for (const client of [1, 2, 3]) manager.addOneshot(timer, client, client, 10);
      timer.time += 100;
      manager.serviceInterrupt(timer);
      expect([1, 2, 3].map((client) => manager.completedTimers(client))).toEqual([2, 4, 8]);
    },
    /expected \[ \+?0, \+?0, 8 \] to deeply equal/,
  );

  timerDefect(
    "20: a periodic timer that is served late does not drift",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      const start = timer.time;
      manager.addPeriodic(timer, 1, 0, 10);
      for (let count = 0; count < 50; count++) ring(timer, manager, 3);
      expect(timer.alarm).toBe(start + 51 * 100);
    },
    /expected 6250 to be 6100/,
  );

  timerDefect(
    "20: cancelling the next timer arms the one behind it",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      const start = timer.time;
      manager.addOneshot(timer, 1, 0, 10);
      manager.addOneshot(timer, 1, 1, 20);
      manager.cancel(timer, 1, 0);
      expect(timer.alarm).toBe(start + 200);
    },
    /expected 1100 to be 1200/,
  );

  timerDefect(
    "20: cancelling the last timer leaves no alarm",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      manager.addOneshot(timer, 1, 0, 10);
      manager.cancel(timer, 1, 0);
      expect(timer.alarm).toBeUndefined();
    },
    /expected 1100 to be undefined/,
  );

  timerDefect(
    "20: client 0 is refused, and does not stop the service",
    (make) => {
      expect(codeOf(() => make().completedTimers(0))).toBe(TimerServiceError.NoSuchTimer);
    },
    /attempt to subtract with overflow/,
  );

  timerDefect(
    "20: the fourth client is one",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      const code = codeOf(() => {
        manager.addOneshot(timer, 4, 0, 1);
      });
      expect(code).toBeUndefined();
    },
    /expected 1 to be undefined/,
  );

  timerDefect(
    "20: a period of no time is refused",
    (make) => {
      const timer = new FakeTimer();
      const manager = make();
      const code = codeOf(() => {
        manager.addPeriodic(timer, 1, 0, 0);
        manager.serviceInterrupt(timer);
      });
      expect(code).toBe(TimerServiceError.UnknownError);
    },
    /it never ends/,
  );
});
