import { cantrip, upstream } from "@cantrip/sel4-config";
import { expect, test } from "vitest";
import { hostileCalls } from "./hostile-calls.ts";

const CALLS = 500_000;
const MINUTES = 60_000;

test.each([cantrip, upstream])(
  `${CALLS} of a million hostile system calls do no harm: $name`,
  { timeout: 20 * MINUTES },
  (config) => {
    const report = hostileCalls(config, CALLS, 1000);
    console.log(`${config.name}: ${JSON.stringify(report)}`);
    expect(report.refused).toBeGreaterThan(CALLS / 5);
    expect(report.done).toBeGreaterThan(CALLS / 5);
  },
);
