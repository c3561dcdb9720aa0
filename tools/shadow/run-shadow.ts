import type { Operation } from "./operation.ts";
import { divergenceLines, smallestProgram } from "./report.ts";
import { runDriver } from "./run-driver.ts";
import { runMany, successPercent } from "./run-many.ts";
import { runList, type ShadowedBoard } from "./run-operations.ts";
import type { Divergence } from "./shadowed-kernel.ts";

/** What a run of the shadow kernel needs from outside. */
export interface ShadowRun {
  readonly boards: ReadonlyMap<string, ShadowedBoard>;
  /** seL4's tests for a board, if there are any. */
  readonly driver: (board: ShadowedBoard) => Uint8Array | undefined;
  /**
   * Command line: `--only NAME` of a kernel, `--operations N` of each, `--seed N` of the first run, `--every N`: exits of
   * seL4's tests between two comparisons of everything, 0 to leave them out.
   */
  readonly args: readonly string[];
  /** Milliseconds, to say how long it took. */
  readonly now: () => number;
  readonly print: (line: string) => void;
}

const ExitCode = { Ok: 0, Diverged: 1, Usage: 2 } as const;
const DEFAULTS = { only: "", operations: 20_000, seed: 1, every: 200 } as const;
const MS_PER_SECOND = 1000;
/** Fewer successes would mean that most operations do nothing. */
const LEAST_PERCENT = 30;

/** Compares the model with each kernel. Returns the exit code. */
export function runShadow(run: ShadowRun): number {
  const { boards, print } = run;
  const choice = parseArguments(run.args);
  if (typeof choice === "string") {
    print(
      `${choice}; usage: pnpm test:shadow [--only NAME] [--operations N] [--seed N] [--every N]`,
    );
    return ExitCode.Usage;
  }
  if (boards.size === 0) {
    print("no real kernel on this machine: CANTRIP_ORACLES names none (docs/oracles.md): skipped");
    return ExitCode.Ok;
  }
  let isSame = true;
  for (const [name, board] of boards) {
    if (!name.includes(choice.only)) continue;
    isSame = randomRuns(run, name, board, choice) && isSame;
    const driver = choice.every === 0 ? undefined : run.driver(board);
    if (driver !== undefined)
      isSame = driverRun(run, `${name}/sel4test`, board, driver, choice.every) && isSame;
  }
  return isSame ? ExitCode.Ok : ExitCode.Diverged;
}

interface Choice {
  /** Part of a kernel's name. */
  only: string;
  operations: number;
  seed: number;
  every: number;
}

/** What is to be run, or what is wrong with the arguments. */
function parseArguments(args: readonly string[]): Choice | string {
  const choice: Choice = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const argument = args[at] ?? "";
    const value = args[at + 1];
    if (argument === "--only" && value !== undefined) {
      choice.only = value;
      continue;
    }
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0) return `${argument} wants a number`;
    if (argument === "--operations") choice.operations = number;
    else if (argument === "--seed") choice.seed = number;
    else if (argument === "--every") choice.every = number;
    else return `unknown argument ${argument}`;
  }
  return choice;
}

/** Random runs until there are enough operations; `false` at the first divergence. */
function randomRuns(
  { now, print }: ShadowRun,
  name: string,
  board: ShadowedBoard,
  { operations, seed }: Choice,
): boolean {
  const start = now();
  const sum = runMany(board, seed, operations);
  const { diverged } = sum;
  if (diverged !== undefined) {
    const { length } = diverged.run.operations;
    print(`${name}: seed ${diverged.seed} diverged at operation ${length}`);
    const { run, hasFastPath } = diverged;
    const again = (list: readonly Operation[]): Divergence | undefined =>
      runList(board, list, { hasFastPath }).divergence;
    for (const line of smallestProgram(run, again)) print(`  ${line}`);
    return false;
  }
  const percent = successPercent(sum);
  print(
    `${name}: ${sum.operations} random operations agree, seeds ${seed} to ${seed + sum.runs - 1}, ` +
      `${sum.others} of them of other threads than the initial one: ${sum.exits} kernel exits, ` +
      `${sum.interrupts} interrupts, ${sum.faults} faults, ${sum.fastCalls} calls on the fast path; ` +
      `${sum.invocations} invocations, ${percent} % without an error; ` +
      `${sum.kernelDefects} of ${sum.runs} runs ended at a defect of the real kernel; ${seconds(now() - start)} s`,
  );
  return sum.invocations === 0 || percent >= LEAST_PERCENT;
}

function driverRun(
  { now, print }: ShadowRun,
  name: string,
  board: ShadowedBoard,
  elf: Uint8Array,
  everyExit: number,
): boolean {
  const start = now();
  const run = runDriver(board, elf, everyExit);
  if (run.divergence !== undefined) {
    print(`${name}: diverged`);
    for (const line of divergenceLines(run.divergence)) print(`  ${line}`);
    return false;
  }
  print(
    `${name}: ${run.exits} kernel exits agree, ${run.fullComparisons} of them in everything, ` +
      `${run.fastCalls} calls on the fast path; ${run.verdict ?? "no verdict"}; ${seconds(now() - start)} s`,
  );
  return run.verdict?.includes("passed") === true;
}

function seconds(ms: number): number {
  return Math.round(ms / MS_PER_SECOND);
}
