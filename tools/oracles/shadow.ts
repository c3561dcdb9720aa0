import { sel4testOf, shadowedBoards } from "../shadow/boards.ts";
import { runDriver } from "../shadow/run-driver.ts";
import { runMany, successPercent } from "../shadow/run-many.ts";
import type { Divergence } from "../shadow/shadowed-kernel.ts";
import { failed, type OracleSuite, passed, type TestResult } from "./suite.ts";

/** A small part of what `pnpm test:shadow` can do. */
const OPERATIONS = 4000;
const FIRST_SEED = 1;
const EXITS_BETWEEN = 1000;
const LEAST_PERCENT = 30;

/** The kernel model in lock step with the kernels of the suite `kernels`, at every kernel exit. */
export const shadow: OracleSuite = {
  name: "shadow",
  *run(folder) {
    const oracles = `${folder}/..`;
    for (const [name, board] of shadowedBoards(oracles)) {
      const many = runMany(board, FIRST_SEED, OPERATIONS);
      const percent = successPercent(many);
      yield percent < LEAST_PERCENT
        ? failed(`${name}/random operations`, `only ${percent} % succeeded`)
        : verdictOf(`${name}/random operations`, many.diverged?.run.divergence);
      const driver = sel4testOf(oracles, board);
      if (driver === undefined) continue;
      const { divergence, verdict = "no verdict" } = runDriver(board, driver, EXITS_BETWEEN);
      yield divergence === undefined && !verdict.includes("passed")
        ? failed(`${name}/sel4test`, verdict)
        : verdictOf(`${name}/sel4test`, divergence);
    }
  },
};

function verdictOf(name: string, divergence: Divergence | undefined): TestResult {
  if (divergence === undefined) return passed(name);
  const { where, model, kernel } = divergence.differences[0] ?? {
    where: "",
    model: "",
    kernel: "",
  };
  return failed(name, `exit ${divergence.exit}: ${where}: model ${model}, kernel ${kernel}`);
}
