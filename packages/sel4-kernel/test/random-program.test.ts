import fc from "fast-check";
import { test } from "vitest";
import { runs } from "../../../tools/fuzz/runs.ts";
import { operation } from "./random-acts.ts";
import { randomConfigs, RandomReport, run } from "./random-run.ts";

test.each(randomConfigs)("no program of several threads breaks an invariant: $name", (config) => {
  const report = new RandomReport(`random programs, ${config.name}`);
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 1, maxLength: 200, size: "max" }),
      (operations) => {
        report.add(run(config, operations));
      },
    ),
    { numRuns: runs(4) },
  );
  report.fuzz.finish();
});
