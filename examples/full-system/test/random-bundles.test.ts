import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRandomBundles } from "./random-bundles.ts";

describe("random start, stop, install, uninstall, key and timer operations over 50 bundles", () => {
  it("leave nothing behind (short)", () => {
    const report = new FuzzReport("random bundles");
    runRandomBundles(1, 600, report);
    report.finish();
  });
});
