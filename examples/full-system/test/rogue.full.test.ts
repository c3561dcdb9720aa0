import { describe, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRogue } from "./rogue-run.ts";

const REQUESTS = 100_000;
const MINUTES = 60_000;

describe("a rogue component that reaches every interface", () => {
  it(
    `${REQUESTS} requests stop no service and leave nothing behind`,
    { timeout: 20 * MINUTES },
    () => {
      const report = new FuzzReport(`${REQUESTS} requests of a rogue component`);
      for (const seed of [21, 22]) runRogue(seed, REQUESTS / 2, report);
      report.finish();
    },
  );
});
