import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { fuzzSdk } from "./sdk-fuzz.ts";

describe("100,000 random requests of applications", () => {
  it("do no harm to the services, and leave nothing behind", () => {
    const report = new FuzzReport("SDK requests");
    fuzzSdk(24, 2000, report);
    expect(report.total).toBeGreaterThan(100_000);
    report.finish();
  }, 600_000);
});
