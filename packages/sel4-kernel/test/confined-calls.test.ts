import { cantrip, upstream } from "@cantrip/sel4-config";
import { expect, test } from "vitest";
import { confinedCalls } from "./confined-calls.ts";

const CALLS = 10_000;

test.each([cantrip, upstream])(
  `${CALLS} calls of confined hostile threads do nothing to anybody else: $name`,
  (config) => {
    const report = confinedCalls(config, CALLS, 1);
    console.log(`${config.name}: ${JSON.stringify(report)}`);
    expect(report.done).toBeGreaterThan(0.3 * report.calls);
    expect(report.refused).toBeGreaterThan(report.calls / 5);
    expect(report.writes).toBeGreaterThan(100);
  },
);
