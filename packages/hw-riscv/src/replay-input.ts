import type { Machine } from "./machine.ts";
import type { InputRecord } from "./machine-input.ts";

/** A run that was to be the same as a recorded one is not. */
export class ReplayDivergence extends Error {
  override readonly name = "ReplayDivergence";
}

/**
 * Runs a machine that was made and loaded as the recorded one, and lets everything enter that entered then, at the same
 * points of the run.
 *
 * @throws ReplayDivergence when the machine is at another instruction than the recorded one was
 */
export function replayInput(machine: Machine, log: readonly InputRecord[]): void {
  for (const { number, cycle, instructions, input } of log) {
    if (machine.cycles < cycle) machine.run({ untilCycle: cycle });
    if (machine.cycles !== cycle || machine.instructions !== instructions) {
      throw new ReplayDivergence(
        `input ${number} entered at instruction ${instructions}, cycle ${cycle}; this run is at ` +
          `instruction ${machine.instructions}, cycle ${machine.cycles}`,
      );
    }
    machine.enter(input);
  }
}
