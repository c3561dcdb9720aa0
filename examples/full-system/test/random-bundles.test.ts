import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRandomBundles } from "./random-bundles.ts";

describe("random operations over 50 bundles", () => {
  it("leave nothing behind (short)", () => {
    const report = new FuzzReport("random bundles");
    runRandomBundles(1, 500, report);
    report.finish();
  });
});
