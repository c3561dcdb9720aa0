import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { fuzzSdk } from "./sdk-fuzz.ts";

describe("random requests of applications", () => {
  it("do no harm to the services, and leave nothing behind", () => {
    const report = new FuzzReport("SDK requests");
    fuzzSdk(2, 250, report);
    report.finish();
  });
});
