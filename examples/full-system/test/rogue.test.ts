import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRogue } from "./rogue-run.ts";

describe("a rogue component that reaches every interface", () => {
  it("stops no service, gets nobody's data, and leaves nothing behind (short)", () => {
    const report = new FuzzReport("requests of a rogue component");
    runRogue(11, 2000, report);
    report.finish();
  });
});
