import { describe, expect, it } from "vitest";
import {
  ECALL,
  PAUSE,
  runTask,
  Steps,
  type Task,
  trampolined,
  withResource,
} from "../src/index.ts";

function* calls(count: number): Task<number> {
  for (let index = 0; index < count; index++) yield ECALL;
  return count;
}

/** Counts how often the steps of what it calls pass through it. */
function* counted(task: Task<number>, passes: { count: number }): Task<number> {
  const steps = task[Symbol.iterator]();
  return yield* {
    [Symbol.iterator]: () => ({
      next: () => {
        passes.count++;
        return steps.next();
      },
    }),
  };
}

describe("a trampolined task", () => {
  it("makes the same steps and returns the same as without", () => {
    const steps: string[] = [];
    const main = function* (): Task<number> {
      const first = yield* trampolined(calls(3));
      yield PAUSE;
      return first + (yield* trampolined(calls(0)));
    };
    expect(runTask(main(), ({ kind }) => steps.push(kind))).toBe(3);
    expect(steps).toEqual(["ecall", "ecall", "ecall", "pause"]);
  });

  it("keeps its steps out of its callers", () => {
    const without = { count: 0 };
    runTask(counted(calls(1000), without), () => undefined);
    expect(without.count).toBe(1001);
    const passes = { count: 0 };
    runTask(counted(trampolined(calls(1000)), passes), () => undefined);
    expect(passes.count).toBe(2);
  });

  it("does not turn to who runs it when it makes no step", () => {
    const passes = { count: 0 };
    expect(runTask(counted(trampolined(calls(0)), passes))).toBe(0);
    expect(passes.count).toBe(1);
  });

  it("can hold others, at its beginning too", () => {
    const nested = function* (depth: number): Task<number> {
      if (depth === 0) return yield* calls(2);
      return 1 + (yield* trampolined(nested(depth - 1)));
    };
    let steps = 0;
    expect(runTask(nested(100), () => steps++)).toBe(102);
    expect(steps).toBe(2);
  });

  it("throws to its caller, which can go on with system calls", () => {
    const order: string[] = [];
    const failing = function* (): Task<void> {
      yield ECALL;
      throw new RangeError("inside");
    };
    const main = withResource(
      calls(1),
      () => trampolined(failing()),
      function* (): Task<void> {
        order.push("release");
        yield PAUSE;
      },
    );
    expect(() => {
      runTask(main, ({ kind }) => order.push(kind));
    }).toThrow("inside");
    expect(order).toEqual(["ecall", "ecall", "release", "pause"]);
  });

  it("throws to its caller when its first step throws", () => {
    const failing = function* (): Task<void> {
      yield* calls(0);
      throw new RangeError("at once");
    };
    const main = function* (): Task<string> {
      try {
        yield* trampolined(failing());
      } catch (error) {
        return String(error);
      }
      return "nothing was thrown";
    };
    expect(runTask(main())).toBe("RangeError: at once");
  });
});

describe("steps", () => {
  it("of a task that has ended stay ended", () => {
    const steps = new Steps(trampolined(calls(1)));
    expect(steps.next()).toEqual({ done: false, value: ECALL });
    expect(steps.next()).toEqual({ done: true, value: 1 });
    expect(steps.next().done).toBe(true);
  });
});
