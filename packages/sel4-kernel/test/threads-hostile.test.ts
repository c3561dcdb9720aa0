import { cantrip, upstream } from "@cantrip/sel4-config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { step } from "./hostile-step.ts";
import { HostileSystem } from "./hostile-system.ts";
import { KernelWorld, TIMER } from "./kernel-world.ts";

test.each([cantrip, upstream])(
  "nothing that threads do throws, or breaks the kernel's state: $name",
  (config) => {
    const done = new Map<string, number>();
    const refused = new Map<string, number>();
    const add = (to: Map<string, number>, from: ReadonlyMap<string, number>): void => {
      for (const [name, count] of from) to.set(name, (to.get(name) ?? 0) + count);
    };
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 120, size: "max" }), (steps) => {
        const system = new HostileSystem(new KernelWorld(config));
        const { world } = system;
        for (const one of steps) {
          world.pass(one.us);
          world.port.isTimerPending = one.isPending;
          if (world.port.time > world.port.deadline) world.trap(TIMER);
          if (world.current === world.kernel.state.idle && !system.revive()) break;
          if (world.current === world.root) break;
          system.act(one);
          expect(world.port.haltReason).toBeUndefined();
        }
        add(done, system.done);
        add(refused, system.refused);
      }),
      { numRuns: runs(24) },
    );
    // A property over refusals alone would say nothing.
    const sum = (counts: ReadonlyMap<string, number>): number =>
      [...counts.values()].reduce((total, count) => total + count, 0);
    expect(done.size).toBeGreaterThanOrEqual(25);
    expect(Math.min(...done.values())).toBeGreaterThan(0);
    const report = new FuzzReport(`hostile threads, ${config.name}`);
    report.succeeded(sum(done));
    for (const [name, count] of refused) report.refused(name, count);
    report.finish();
  },
);
