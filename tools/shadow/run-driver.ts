import { readInitialTask } from "@cantrip/assembly";
import type { ShadowedBoard } from "./run-operations.ts";
import { type Divergence, ShadowedKernel } from "./shadowed-kernel.ts";

/** Virtual seconds that somebody's initial task has. */
const SECONDS = 600;
const PERIOD = 0.2;
const SUITE_ENDED = /Test suite (passed|failed)[^\n]*/;

/** What somebody's initial task came to. */
export interface DriverRun {
  readonly exits: number;
  /** Exits at which everything was compared, and not only what a visit to the kernel did. */
  readonly fullComparisons: number;
  /** Calls that the kernel answered on its fast path. */
  readonly fastCalls: number;
  /** What the task said at its end; `undefined` when it did not come to it. */
  readonly verdict: string | undefined;
  readonly divergence: Divergence | undefined;
}

/**
 * Runs seL4's test driver to its verdict, or to the first divergence.
 *
 * @param everyExit - how many exits lie between two comparisons of everything
 */
export function runDriver(board: ShadowedBoard, elf: Uint8Array, everyExit: number): DriverRun {
  const initialTask = readInitialTask(elf, board.config.settings.userTop);
  let shadow = new ShadowedKernel({ ...board, initialTask, everyExit });
  runToEnd(shadow);
  if (shadow.divergence !== undefined && shadow.divergence.lastGood < shadow.divergence.exit - 1) {
    // It lies somewhere since the last comparison of everything: once more, and closely from there on.
    const closeFrom = shadow.divergence.lastGood;
    shadow = new ShadowedKernel({ ...board, initialTask, everyExit, closeFrom });
    runToEnd(shadow);
  }
  const { exits, fullComparisons, fastCalls, divergence, output } = shadow;
  const verdict = SUITE_ENDED.exec(output)?.[0].trim();
  return { exits, fullComparisons, fastCalls, verdict, divergence };
}

function runToEnd(shadow: ShadowedKernel): void {
  for (let second = 0; second < SECONDS; second += PERIOD) {
    const goesOn = shadow.run(PERIOD);
    if (!goesOn || shadow.divergence !== undefined || SUITE_ENDED.test(shadow.output)) return;
  }
}
