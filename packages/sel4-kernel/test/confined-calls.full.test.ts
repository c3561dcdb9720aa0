import { cantrip, upstream } from "@cantrip/sel4-config";
import { expect, test } from "vitest";
import { confinedCalls } from "./confined-calls.ts";

const CALLS = 500_000;
const MINUTES = 60_000;

test.each([cantrip, upstream])(
  `${CALLS} of a million calls of confined hostile threads do nothing to anybody else: $name`,
  { timeout: 20 * MINUTES },
  (config) => {
    const report = confinedCalls(config, CALLS, 1000);
    console.log(`${config.name}: ${JSON.stringify(report)}`);
    expect(report.done).toBeGreaterThan(0.3 * report.calls);
    expect(report.refused).toBeGreaterThan(CALLS / 5);
  },
);
