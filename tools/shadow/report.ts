import { hex } from "./compare-states.ts";
import { minimise } from "./minimise.ts";
import { type Operation, operationText } from "./operation.ts";
import type { Divergence } from "./shadowed-kernel.ts";

const MOST_TRIES = 300;
/** `a0` to `a7`. */
const ARGUMENTS = [10, 11, 12, 13, 14, 15, 16, 17] as const;

/** A run that diverged. */
export interface DivergedRun {
  readonly operations: readonly Operation[];
  readonly divergence: Divergence | undefined;
}

/**
 * The shortest program found that makes the same kind of thing differ, with both states, line by line.
 *
 * @param again - runs such a program from the beginning
 */
export function smallestProgram(
  run: DivergedRun,
  again: (operations: readonly Operation[]) => Divergence | undefined,
  tries = MOST_TRIES,
): string[] {
  const kind = kindOf(run.divergence);
  const smallest = minimise(run.operations, (list) => kindOf(again(list)) === kind, tries);
  return [...smallest.map(operationText), ...divergenceLines(again(smallest) ?? run.divergence)];
}

/** Where the first difference is, without addresses. */
function kindOf(divergence: Divergence | undefined): string | undefined {
  return divergence?.differences[0]?.where.replace(/0x[0-9a-f]+|\b\d+\b/g, "");
}

/** The visits to the kernel that led there, and what differs: the model's state and the kernel's. */
export function divergenceLines(divergence: Divergence | undefined): string[] {
  if (divergence === undefined) return [];
  const visits = divergence.visits.map(({ cause, value, pc, thread, registers }) => {
    const words = ARGUMENTS.map((at) => hex((registers[at] ?? 0) >>> 0)).join(" ");
    return `trap ${hex(cause)} ${hex(value)}, pc ${hex(pc)}, thread ${hex(thread)}, a0.. ${words}`;
  });
  const differences = divergence.differences.map(
    ({ where, model, kernel }) => `${where}: the model: ${model}; the kernel: ${kernel}`,
  );
  const where = `exit ${divergence.exit}; everything agreed at exit ${divergence.lastGood}`;
  return [where, ...visits, ...differences];
}
