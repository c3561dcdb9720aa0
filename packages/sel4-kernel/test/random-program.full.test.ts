import fc from "fast-check";
import { expect, test } from "vitest";
import { cantrip } from "@cantrip/sel4-config";
import { FakePort } from "./fake-port.ts";
import { operation } from "./random-acts.ts";
import { randomConfigs, RandomReport, run } from "./random-run.ts";

const STEPS = 100_000;
const MINUTES = 60_000;
/** They stop the machine, the second when the name has no end. */
const LEFT_OUT = new Set(["debugHalt", "debugNameThread"]);

test.each(randomConfigs)(
  `${STEPS} steps of random programs, a quarter of them here, break no invariant: $name`,
  { timeout: 10 * MINUTES },
  (config) => {
    const report = new RandomReport(`random programs, ${config.name}`);
    const program = fc.array(operation, { minLength: 1, maxLength: 300, size: "max" });
    while (report.fuzz.total < STEPS / randomConfigs.length) {
      fc.assert(
        fc.property(program, (operations) => {
          report.add(run(config, operations));
        }),
        { numRuns: 40 },
      );
    }
    report.fuzz.finish();
    console.log([...report.done].map(([act, count]) => `${act} ${count}`).join(", "));
    const labels = Object.entries(config.label).filter(([, label]) => label !== undefined);
    const calls = Object.entries(config.syscall).filter(([, number]) => number !== undefined);
    const names = [...labels, ...calls].map(([name]) => name);
    const missing = names.filter((name) => !report.done.has(name) && !LEFT_OUT.has(name));
    expect(missing).toEqual([]);
  },
);

/** Memory of which a kernel that forgets to clear page table entries would make the same. */
class ForgetfulPort extends FakePort {
  override writeWord(paddr: number, value: number): void {
    const isPage = (this.readWord(paddr) & 0xd1) === 0xd1;
    if (value !== 0 || !isPage) super.writeWord(paddr, value);
  }
}

test(
  "a kernel that leaves mappings of pages behind is found, with a program of few lines",
  { timeout: 10 * MINUTES },
  () => {
    const program = fc.array(operation, { minLength: 1, maxLength: 300, size: "max" });
    const property = fc.property(program, (operations) => {
      run(cantrip, operations, new ForgetfulPort());
    });
    const { failed, errorInstance, counterexample } = fc.check(property, { numRuns: 500 });
    expect(failed).toBe(true);
    const message = errorInstance instanceof Error ? errorInstance.message : "";
    console.log(message);
    expect(message).toContain("valid_vs_lookup");
    expect(message).toContain(".riscvPageMap(");
    expect(counterexample?.[0].length).toBeLessThanOrEqual(12);
  },
);
