import { readInitialTask } from "@cantrip/assembly";
import { hex } from "./compare-states.ts";
import { minimise } from "./minimise.ts";
import { operationText } from "./operation.ts";
import { type OperationRun, runList, runRandom, type ShadowedBoard } from "./run-operations.ts";
import { type Divergence, ShadowedKernel } from "./shadowed-kernel.ts";

/** What a run of the shadow kernel needs from outside. */
export interface ShadowRun {
  readonly boards: ReadonlyMap<string, ShadowedBoard>;
  /** Initial tasks of others, by name. */
  readonly drivers: (board: ShadowedBoard) => ReadonlyMap<string, Uint8Array>;
  /** Command line: `--only NAME` of a kernel, `--operations N` of each, `--seed N` of the first run, `--fast-path`. */
  readonly args: readonly string[];
  readonly print: (line: string) => void;
}

const ExitCode = { Ok: 0, Diverged: 1, Usage: 2 } as const;
const DEFAULT_OPERATIONS = 20_000;
const OPERATIONS_OF_A_RUN = 400;
/** Virtual seconds that somebody's initial task has, and exits between two comparisons of everything. */
const SECONDS = 600;
const EXITS_BETWEEN = 1000;
const PERIOD = 1;
const SUITE_ENDED = /Test suite (passed|failed)/;
const MOST_TRIES = 150;

/** Compares the model with each kernel. Returns the exit code. */
export function runShadow(run: ShadowRun): number {
  const { boards, print } = run;
  const choice = parseArguments(run.args);
  if (typeof choice === "string") {
    print(
      `${choice}; usage: pnpm test:shadow [--only NAME] [--operations N] [--seed N] [--fast-path]`,
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
    isSame = randomRuns(name, board, choice, print) && isSame;
    for (const [driver, elf] of run.drivers(board))
      isSame = runDriver(`${name}/${driver}`, board, elf, print) && isSame;
  }
  return isSame ? ExitCode.Ok : ExitCode.Diverged;
}

interface Choice {
  /** Part of a kernel's name. */
  readonly only: string;
  readonly operations: number;
  readonly seed: number;
  readonly hasFastPath: boolean;
}

/** What is to be run, or what is wrong with the arguments. */
function parseArguments(args: readonly string[]): Choice | string {
  const choice = { only: "", operations: DEFAULT_OPERATIONS, seed: 1, hasFastPath: false };
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--fast-path") {
      choice.hasFastPath = true;
      continue;
    }
    const value = rest.shift();
    if (argument === "--only" && value !== undefined) {
      choice.only = value;
      continue;
    }
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0) return `${argument} wants a number`;
    if (argument === "--operations") choice.operations = number;
    else if (argument === "--seed") choice.seed = number;
    else return `unknown argument ${argument}`;
  }
  return choice;
}

/** Random runs until there are enough operations; `false` at the first divergence. */
function randomRuns(
  name: string,
  board: ShadowedBoard,
  { operations, seed, hasFastPath }: Choice,
  print: (line: string) => void,
): boolean {
  const sum = { operations: 0, invocations: 0, succeeded: 0, exits: 0, runs: 0 };
  for (; sum.operations < operations; sum.runs++) {
    const run = runRandom(board, seed + sum.runs, OPERATIONS_OF_A_RUN, { hasFastPath });
    sum.operations += run.operations.length;
    sum.invocations += run.invocations;
    sum.succeeded += run.succeeded;
    sum.exits += run.exits;
    if (run.divergence === undefined) continue;
    print(`${name}: seed ${seed + sum.runs} diverged at operation ${run.operations.length}`);
    printSmallest(board, run, hasFastPath, print);
    return false;
  }
  const percent = Math.round((100 * sum.succeeded) / Math.max(sum.invocations, 1));
  print(
    `${name}: ${sum.operations} random operations in ${sum.runs} runs agree: ${sum.exits} kernel exits; ` +
      `${sum.invocations} of them invocations, ${percent} % without an error`,
  );
  return true;
}

/** The shortest program found that makes the same kind of thing differ, with both states. */
function printSmallest(
  board: ShadowedBoard,
  run: OperationRun,
  hasFastPath: boolean,
  print: (line: string) => void,
): void {
  const kind = kindOf(run.divergence);
  const smallest = minimise(
    run.operations,
    (list) => kindOf(runList(board, list, { hasFastPath }).divergence) === kind,
    MOST_TRIES,
  );
  for (const operation of smallest) print(`  ${operationText(operation)}`);
  printDivergence(runList(board, smallest, { hasFastPath }).divergence ?? run.divergence, print);
}

/** Where the first difference is, without addresses. */
function kindOf(divergence: Divergence | undefined): string | undefined {
  return divergence?.differences[0]?.where.replace(/0x[0-9a-f]+|\b\d+\b/g, "");
}

function printDivergence(divergence: Divergence | undefined, print: (line: string) => void): void {
  if (divergence === undefined) return;
  print(`  exit ${divergence.exit}; everything agreed at exit ${divergence.lastGood}`);
  for (const { cause, value, pc, thread, registers } of divergence.visits) {
    const words = [10, 11, 12, 13, 14, 15, 16, 17].map((at) => hex((registers[at] ?? 0) >>> 0));
    print(
      `  trap ${hex(cause)} ${hex(value)}, pc ${hex(pc)}, thread ${hex(thread)}, a0.. ${words.join(" ")}`,
    );
  }
  for (const { where, model, kernel } of divergence.differences)
    print(`  ${where}: the model: ${model}; the kernel: ${kernel}`);
}

function runDriver(
  name: string,
  board: ShadowedBoard,
  elf: Uint8Array,
  print: (line: string) => void,
): boolean {
  const initialTask = readInitialTask(elf, board.config.settings.userTop);
  let shadow = new ShadowedKernel({ ...board, initialTask, everyExit: EXITS_BETWEEN });
  runToEnd(shadow);
  if (shadow.divergence !== undefined && shadow.divergence.lastGood < shadow.divergence.exit - 1) {
    // It lies somewhere since the last comparison of everything: once more, and closely from there on.
    const closeFrom = shadow.divergence.lastGood;
    shadow = new ShadowedKernel({ ...board, initialTask, everyExit: EXITS_BETWEEN, closeFrom });
    runToEnd(shadow);
  }
  const { exits, fullComparisons, divergence, output } = shadow;
  if (divergence === undefined) {
    const verdict = SUITE_ENDED.exec(output)?.[0] ?? "no verdict";
    print(
      `${name}: ${exits} kernel exits agree, ${fullComparisons} of them in everything; ${verdict}`,
    );
  } else {
    print(`${name}: diverged`);
    printDivergence(divergence, print);
  }
  return divergence === undefined;
}

function runToEnd(shadow: ShadowedKernel): void {
  for (let second = 0; second < SECONDS; second += PERIOD) {
    const goesOn = shadow.run(PERIOD);
    if (!goesOn || shadow.divergence !== undefined || SUITE_ENDED.test(shadow.output)) return;
  }
}
