import { cantrip, upstream } from "@cantrip/sel4-config";
import { ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { KernelWorld, TICKS_PER_US, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
/** The extra refills that a scheduling context of the smallest size has room for. */
const PROFILES = {
  cantrip: { config: cantrip, mostExtraRefills: 6 },
  upstream: { config: upstream, mostExtraRefills: 2 },
} as const;

describe("scheduling contexts", () => {
  test("the ranges of a configuration", () => {
    const world = new KernelWorld();
    const { objectType, sizeBits } = world.config;
    const sc = world.create(objectType.schedContext, sizeBits.minSchedContext);
    expect(world.configure(sc, 19, 1000)).toMatchObject({ error: ErrorCode.RangeError });
    expect(world.configure(sc, 1000, 999)).toEqual({
      error: ErrorCode.RangeError,
      length: 2,
      words: [20, 999],
    });
    const most = Math.floor((2 ** sizeBits.minSchedContext - 56) / 16) - 2;
    expect(world.configure(sc, 20, 1000, { extraRefills: most + 1 })).toEqual({
      error: ErrorCode.RangeError,
      length: 2,
      words: [0, most],
    });
    expect(world.configure(sc, 20, 1000, { extraRefills: most }).error).toBe(0);
    expect(world.configure(ROOT, 20, 1000)).toMatchObject({
      error: ErrorCode.InvalidCapability,
      words: [1],
    });
  });

  test("a notification with a context that was never configured wakes nobody who has none", () => {
    const world = new KernelWorld();
    const { label, syscall, objectType, sizeBits } = world.config;
    const notification = world.notification();
    const thread = world.thread({ priority: 50, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.wait, notification);
    world.expectRunning(helper);
    world.syscall(syscall.send, rest);
    world.must(thread.sc, label.schedContextUnbind);
    const bare = world.create(objectType.schedContext, sizeBits.minSchedContext);
    world.must(bare, label.schedContextBind, [], [notification]);
    world.syscall(syscall.send, notification);
    world.expectRunning(world.root);
    expect(thread.tcb.state).toBe(ThreadState.Running);
    world.syscall(syscall.wait, rest);
    world.expectRunning(helper);
  });

  test("a passive thread runs on its notification's context and gives it back", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const notification = world.notification();
    const thread = world.thread({ priority: 50, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.wait, notification);
    world.expectRunning(helper);
    world.syscall(syscall.send, rest);
    world.must(thread.sc, label.schedContextUnbind);
    world.must(thread.sc, label.schedContextBind, [], [notification]);
    world.syscall(syscall.wait, rest);
    world.expectRunning(helper);
    world.syscall(syscall.send, notification);
    world.expectRunning(thread);
    expect(thread.tcb.schedContext).toBe(world.schedContext(thread.sc));
    world.syscall(syscall.wait, notification);
    expect(thread.tcb.schedContext).toBeNull();
    world.expectRunning(helper);
  });

  test.each([cantrip, upstream])(
    "one context serves a thread and a notification: $name",
    (config) => {
      const world = new KernelWorld(config);
      const { label } = world.config;
      const thread = world.thread({ priority: 50, budget: 1000 });
      const notification = world.notification();
      world.must(thread.sc, label.schedContextBind, [], [notification]);
      expect(world.invoke(thread.sc, label.schedContextBind, [], [thread.slot]).error).toBe(
        ErrorCode.IllegalOperation,
      );
      world.must(thread.sc, label.schedContextUnbindObject, [], [notification]);
      expect(world.schedContext(thread.sc).tcb).toBe(thread.tcb);
      expect(
        world.invoke(thread.sc, label.schedContextUnbindObject, [], [notification]).error,
      ).toBe(ErrorCode.IllegalOperation);
    },
  );

  test("a blocked thread does not get a context that has to wait", () => {
    const world = new KernelWorld();
    const { label, syscall, objectType, sizeBits } = world.config;
    const endpoint = world.endpoint();
    const thread = world.thread({ priority: 50, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.send, endpoint);
    world.expectRunning(helper);
    world.syscall(syscall.send, rest);
    world.must(thread.sc, label.schedContextUnbind);
    const bare = world.create(objectType.schedContext, sizeBits.minSchedContext);
    const caps = [InitialCap.InitThreadTcb, bare, 0];
    expect(world.invoke(thread.slot, label.tcbSetSchedParams, [0, 50], caps).error).toBe(
      ErrorCode.IllegalOperation,
    );
    expect(world.invoke(bare, label.schedContextBind, [], [thread.slot]).error).toBe(
      ErrorCode.IllegalOperation,
    );
    expect(world.configure(bare, 100, 1000).error).toBe(0);
    world.must(thread.slot, label.tcbSetSchedParams, [0, 50], caps);
  });

  test("whatever happens, refills sum up to the budget, in order, and no more runs in a period", () => {
    const report = new FuzzReport("refills");
    const what = fc.constantFrom(
      ...["pass", "pass", "pass", "yield", "yield", "wait", "signal", "signal"],
      ...["configure", "round robin"],
    );
    fc.assert(
      fc.property(
        fc.constantFrom<keyof typeof PROFILES>("cantrip", "upstream"),
        fc.integer({ min: 40, max: 900 }),
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.nat(50)), what), {
          maxLength: 60,
          size: "max",
        }),
        (profile, first, wantedRefills, isSporadic, steps) => {
          const { config, mostExtraRefills } = PROFILES[profile];
          const extraRefills = Math.min(wantedRefills, mostExtraRefills);
          let budget = first;
          let isRoundRobin = false;
          const world = new KernelWorld(config);
          const { syscall } = world.config;
          const thread = world.thread({ priority: 50, budget: 1000, period: 1001 });
          const answer = world.configure(thread.sc, budget, 1000, { extraRefills, isSporadic });
          expect(answer.error).toBe(0);
          const other = world.thread({ priority: 40, budget: 1000, period: 1000 });
          const wake = world.notification();
          const control = world.schedControl();
          world.rest();
          const context = world.schedContext(thread.sc);
          for (const [us, step] of steps) {
            // A hart takes its timer interrupt before it runs on.
            world.port.time = Math.min(world.port.time + us * TICKS_PER_US, world.port.deadline);
            const isRunning = world.current === thread.tcb;
            if (step === "yield" && isRunning) world.syscall(syscall.yield, 0);
            else if (step === "wait" && isRunning) world.syscall(syscall.wait, wake);
            else if (step === "signal" && world.current === other.tcb)
              world.syscall(syscall.send, wake);
            else if (
              (step === "configure" || step === "round robin") &&
              world.current === other.tcb
            ) {
              const wanted = 40 + us;
              const period = step === "round robin" ? wanted : 1000;
              const badge = context.badge + 1;
              world.syscall(syscall.call, control, {
                label: world.config.label.schedControlConfigureFlags,
                words: [wanted, 0, period, 0, extraRefills, badge, isSporadic ? 1 : 0],
                caps: [thread.sc],
              });
              // Without budget for the call itself nothing happens.
              if (context.badge === badge) {
                isRoundRobin = step === "round robin";
                budget = wanted;
              }
            } else world.trap(TIMER);
            report.succeeded();
            const sum = context.refills.reduce((total, { amount }) => total + amount, 0);
            expect(sum).toBe(budget * TICKS_PER_US);
            context.refills.forEach(({ time, amount }, index) => {
              const next = context.refills[index + 1];
              if (next !== undefined && !isRoundRobin)
                expect(time + amount).toBeLessThanOrEqual(next.time);
            });
            if (world.current === thread.tcb && !isRoundRobin)
              expect(context.refills[0]?.amount).toBeGreaterThanOrEqual(20 * TICKS_PER_US);
          }
        },
      ),
      { numRuns: runs(40) },
    );
    report.finish();
  });
});
