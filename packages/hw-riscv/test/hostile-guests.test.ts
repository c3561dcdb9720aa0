import fc from "fast-check";
import { test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { operation, PLATFORM_COUNT, runHostileGuests } from "./hostile-guests.ts";

test("random guests, device accesses, tables and files do the host no harm", () => {
  const report = new FuzzReport("hostile guests");
  fc.assert(
    fc.property(
      fc.nat(PLATFORM_COUNT - 1),
      fc.array(operation, { minLength: 200, maxLength: 400, size: "max" }),
      (platform, operations) => {
        runHostileGuests(platform, operations, report);
      },
    ),
    { numRuns: runs(32) },
  );
  report.finish();
});
