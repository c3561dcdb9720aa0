import { cantrip, upstream } from "@cantrip/sel4-config";
import { expect, test } from "vitest";
import { hostileCalls } from "./hostile-calls.ts";

test.each([cantrip, upstream])("10,000 hostile system calls do no harm: $name", (config) => {
  const report = hostileCalls(config, 10_000, 1);
  console.log(`${config.name}: ${JSON.stringify(report)}`);
  expect(report.refused).toBeGreaterThan(report.calls / 5);
  expect(report.done).toBeGreaterThan(report.calls / 5);
  expect(report.writes).toBeGreaterThan(100);
});
