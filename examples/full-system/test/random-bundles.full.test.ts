import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRandomBundles } from "./random-bundles.ts";

const OPERATIONS = 10_000;
const MINUTES = 60_000;

describe("random operations over 50 bundles", () => {
  it(`${OPERATIONS} of them leave nothing behind`, { timeout: 20 * MINUTES }, () => {
    const report = new FuzzReport(`${OPERATIONS} random operations over bundles`);
    for (const seed of [2, 3]) runRandomBundles(seed, OPERATIONS / 2, report);
    report.finish();
  });
});
