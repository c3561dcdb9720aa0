import { AppTimers } from "@cantrip/sdk-runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const BADGES = [0x100, 0x101, 0x102];

/** What the timers should do: a list that is searched from end to end. */
class Model {
  timers: { badge: number; id: number; deadline: number; period: number | undefined }[] = [];
  masks = new Map<number, number>();

  find(badge: number, id: number): number {
    return this.timers.findIndex((timer) => timer.badge === badge && timer.id === id);
  }

  expire(now: number): void {
    for (const timer of [...this.timers]) {
      if (timer.deadline > now) continue;
      this.masks.set(timer.badge, ((this.masks.get(timer.badge) ?? 0) | (1 << timer.id)) >>> 0);
      if (timer.period === undefined) this.timers.splice(this.timers.indexOf(timer), 1);
      else while (timer.deadline <= now) timer.deadline += timer.period;
    }
  }
}

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("start" as const),
      badge: fc.constantFrom(...BADGES),
      id: fc.nat(30),
      ticks: fc.nat(60),
      isPeriodic: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant("cancel" as const),
    badge: fc.constantFrom(...BADGES),
    id: fc.nat(30),
  }),
  fc.record({ kind: fc.constant("pass" as const), ticks: fc.nat(50) }),
  fc.record({
    kind: fc.constantFrom("take" as const, "release" as const),
    badge: fc.constantFrom(...BADGES),
  }),
);

describe("AppTimers", () => {
  it("does in random order what a list does, and keeps nothing of those who are gone", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const timers = new AppTimers();
        const model = new Model();
        let now = 0;
        for (const step of operations) {
          switch (step.kind) {
            case "start": {
              const { badge, id, ticks } = step;
              const period = step.isPeriodic ? ticks + 1 : undefined;
              const isNew = model.find(badge, id) < 0;
              expect(timers.start(badge, id, now + ticks, period)).toBe(isNew);
              if (isNew) model.timers.push({ badge, id, deadline: now + ticks, period });
              break;
            }
            case "cancel": {
              const at = model.find(step.badge, step.id);
              expect(timers.cancel(step.badge, step.id)).toBe(at >= 0);
              if (at >= 0) model.timers.splice(at, 1);
              break;
            }
            case "pass":
              now += step.ticks;
              timers.expire(now);
              model.expire(now);
              break;
            case "take":
              expect(timers.take(step.badge)).toBe(model.masks.get(step.badge) ?? 0);
              model.masks.delete(step.badge);
              break;
            case "release":
              timers.release(step.badge);
              model.timers = model.timers.filter(({ badge }) => badge !== step.badge);
              model.masks.delete(step.badge);
              break;
          }
          expect(timers.size).toBe(model.timers.length);
          const next = Math.min(...model.timers.map(({ deadline }) => deadline));
          expect(timers.nextDeadline ?? Infinity).toBe(next);
        }
        for (const badge of BADGES) timers.release(badge);
        expect([timers.size, timers.owners]).toEqual([0, 0]);
      }),
    );
  });

  it("keeps periods on their anchor, however late it is asked", () => {
    const timers = new AppTimers();
    timers.start(0x100, 1, 10, 10);
    timers.expire(37);
    expect(timers.nextDeadline).toBe(40);
  });
});
