import process from "node:process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { operation, runHostileGuests } from "./hostile-guests.ts";

const RUNS = 100;
const OPERATIONS = 2500;
const MIB = 0x100000;
/** What the host's memory may grow by in all runs: a few machines that were not collected yet. */
const MAX_GROWTH = 256 * MIB;
const MINUTES = 60_000;

test(
  `${RUNS * OPERATIONS} random operations of guests do the host no harm`,
  { timeout: 20 * MINUTES },
  () => {
    const report = new FuzzReport("hostile guests, long");
    const before = process.memoryUsage().rss;
    for (let run = 0; run < RUNS; run++) {
      const operations = fc.sample(operation, { numRuns: OPERATIONS, seed: run });
      runHostileGuests(run, operations, report);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH);
    report.finish();
  },
);
