import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { KernelWorld, PC, TICKS_PER_US, TIMER } from "./kernel-world.ts";

const MS = 1000 * TICKS_PER_US;

const compiled: KernelConfig = {
  ...cantrip,
  settings: {
    ...cantrip.settings,
    numDomains: 3,
    domainSchedule: {
      kind: "compiled",
      turns: [
        { domain: 0, length: 2 },
        { domain: 2, length: 1 },
        { domain: 1, length: 3 },
      ],
    },
  },
};
const runtime: KernelConfig = {
  ...upstream,
  settings: {
    ...upstream.settings,
    numDomains: 3,
    domainSchedule: { kind: "runtime", length: 5 },
  },
};

interface Step {
  readonly kind: number;
  readonly thread: number;
  readonly index: number;
  readonly domain: number;
  readonly ms: number;
  readonly us: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.integer({ min: 0, max: 4 }),
  thread: fc.integer({ min: 0, max: 3 }),
  index: fc.integer({ min: 0, max: 4 }),
  domain: fc.integer({ min: 0, max: 3 }),
  ms: fc.integer({ min: 0, max: 3 }),
  us: fc.integer({ min: 0, max: 900 }),
});

/** The running thread is ready, of the current domain, and nobody there is more important. */
function expectBest(world: KernelWorld): void {
  const { current, idle, scheduler, objectsByPaddr } = world.kernel.state;
  const ready = [...objectsByPaddr.values()].filter(
    (object) =>
      object.kind === "tcb" && object.inReadyQueue && object.domain === scheduler.currentDomain,
  );
  const best = Math.max(-1, ...ready.map((tcb) => (tcb.kind === "tcb" ? tcb.priority : -1)));
  if (current === idle) expect(best).toBe(-1);
  else {
    expect(current.domain).toBe(scheduler.currentDomain);
    expect(current.priority).toBeGreaterThanOrEqual(best);
  }
  const { domain, duration } = scheduler.domainSchedule[scheduler.domainIndex] ?? {};
  // An entry that was set anew is used when its turn comes again.
  if (world.config === compiled) {
    expect(scheduler.currentDomain).toBe(domain);
    expect(scheduler.domainTime).toBeLessThanOrEqual(duration ?? 0);
  }
}

test.each([compiled, runtime])(
  "domains keep apart whatever is done to them and their schedule: $name",
  (config) => {
    let done = 0;
    let refused = 0;
    let turns = 0;
    const { label, syscall } = config;
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 80, size: "max" }), (steps) => {
        const world = new KernelWorld(config);
        const { root } = world;
        const threads = [10, 10, 20, 30].map((priority) =>
          world.thread({ priority, budget: 100_000 }),
        );
        const rest = world.notification();
        const call = (number: number | undefined, words: number[], caps: number[]): void => {
          const message = { label: number ?? 0, words, caps };
          const pc = world.port.registers[PC];
          world.syscall(syscall.call, InitialCap.Domain, message);
          // It may have been put off, as its thread's time was over.
          if (world.current !== root) done += root.state === ThreadState.Running ? 1 : 0;
          else if (world.port.registers[PC] !== pc) {
            if (world.answer().error === 0) done++;
            else refused++;
          }
        };
        const act = (one: Step): void => {
          const { current } = world;
          if (current === world.kernel.state.idle) {
            if (world.port.deadline > world.port.time + 100 * MS) return;
            world.port.time = world.port.deadline + TICKS_PER_US;
            world.trap(TIMER);
          } else if (current !== root || one.kind === 4) {
            if (current === root) world.syscall(syscall.wait, rest);
            else if (one.kind < 2) world.syscall(syscall.send, rest);
            else world.syscall(syscall.yield, 0);
          } else if (one.kind === 3 || label.domainScheduleConfigure === undefined) {
            const thread = threads[one.thread];
            call(label.domainSetSet, [one.domain], [thread?.slot ?? 0]);
          } else if (one.kind === 2) {
            call(label.domainScheduleSetStart, [one.index], []);
          } else {
            call(label.domainScheduleConfigure, [one.index, one.domain, one.ms * MS, 0], []);
          }
        };
        for (const one of steps) {
          const before = world.kernel.state.scheduler.currentDomain;
          world.pass(one.us);
          if (world.port.time > world.port.deadline) world.trap(TIMER);
          act(one);
          expectBest(world);
          if (world.kernel.state.scheduler.currentDomain !== before) turns++;
        }
      }),
      { numRuns: runs(24) },
    );
    const report = new FuzzReport(`domains, ${config.name}`);
    report.succeeded(done);
    report.refused("domain invocation", refused);
    report.finish();
    expect(turns).toBeGreaterThan(10);
  },
  60_000,
);
