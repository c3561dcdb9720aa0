import { type OperationRun, runRandom, type ShadowedBoard } from "./run-operations.ts";

/** After so many the next run begins, with another seed and on a kernel that has just booted. */
const OPERATIONS_OF_A_RUN = 1500;
const INTERRUPT_BIT = 0x80000000;
const ECALL_FROM_USER = 8;

/** What runs with consecutive seeds came to. */
export interface ManyRuns {
  readonly firstSeed: number;
  readonly runs: number;
  readonly operations: number;
  /** Operations of other threads than the initial one. */
  readonly others: number;
  readonly invocations: number;
  readonly succeeded: number;
  readonly exits: number;
  readonly interrupts: number;
  /** Exceptions other than system calls. */
  readonly faults: number;
  /** Calls that the kernel answered on its fast path. */
  readonly fastCalls: number;
  /** Runs that ended early at a defect of the real kernel. */
  readonly kernelDefects: number;
  /** The first run that diverged, its seed and whether the model took its fast path in it. */
  readonly diverged:
    | { readonly seed: number; readonly hasFastPath: boolean; readonly run: OperationRun }
    | undefined;
}

/**
 * Random runs until there are enough operations, or to the first divergence. In runs with odd seeds the model takes its fast
 * path where it can; the kernel takes its own in all of them.
 */
export function runMany(board: ShadowedBoard, firstSeed: number, operations: number): ManyRuns {
  const sum = { runs: 0, operations: 0, others: 0, invocations: 0, succeeded: 0, exits: 0 };
  const more = { interrupts: 0, faults: 0, fastCalls: 0, kernelDefects: 0 };
  for (; sum.operations < operations; sum.runs++) {
    const seed = firstSeed + sum.runs;
    const hasFastPath = seed % 2 === 1;
    const run = runRandom(board, seed, OPERATIONS_OF_A_RUN, { hasFastPath });
    sum.operations += run.operations.length;
    sum.others += run.others;
    sum.invocations += run.invocations;
    sum.succeeded += run.succeeded;
    sum.exits += run.exits;
    more.fastCalls += run.fastCalls;
    if (run.kernelDefect !== undefined) more.kernelDefects++;
    for (const [cause, times] of run.causes) {
      if (cause >= INTERRUPT_BIT) more.interrupts += times;
      else if (cause !== ECALL_FROM_USER) more.faults += times;
    }
    if (run.divergence === undefined) continue;
    sum.runs++;
    return { firstSeed, ...sum, ...more, diverged: { seed, hasFastPath, run } };
  }
  return { firstSeed, ...sum, ...more, diverged: undefined };
}

/** Per cent of the invocations that the kernel answered without an error. */
export function successPercent({ succeeded, invocations }: ManyRuns): number {
  return Math.round((100 * succeeded) / Math.max(invocations, 1));
}
