import { ConsoleScript } from "@cantrip/assembly";
import type { RunningSystem } from "@cantrip/assembly/riscv";

/** How a scripted run ended. */
export type RunOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "timeout"; readonly missing: readonly string[] }
  | { readonly kind: "failed"; readonly text: string }
  /** Nothing can happen any more: every thread waits, and no input is due. */
  | { readonly kind: "stopped"; readonly reason: string; readonly missing: readonly string[] };

/** Figures taken while a system ran. */
export interface RunFigures {
  /** Instructions until the first prompt; `undefined` when there was none. */
  bootInstructions: number | undefined;
  /** Host milliseconds until the first prompt. */
  bootWallMs: number | undefined;
}

/** Instructions between two looks at the script. */
const SLICE_INSTRUCTIONS = 200_000;

/**
 * Drives a system with a script until the script is done, fails, or virtual time is up.
 *
 * @param wallMs - host clock, for the figures only
 */
export function runScript(
  system: RunningSystem,
  script: ConsoleScript,
  limits: { readonly instructions: number },
  wallMs: () => number,
): { readonly outcome: RunOutcome; readonly figures: RunFigures } {
  const started = wallMs();
  const figures: RunFigures = { bootInstructions: undefined, bootWallMs: undefined };
  const { machine } = system;
  for (;;) {
    const left = limits.instructions - machine.clockInstructions;
    if (left <= 0) return { outcome: { kind: "timeout", missing: script.missing }, figures };
    const stop = system.run({
      maxInstructions: Math.min(SLICE_INSTRUCTIONS, left),
      until: () => script.wantsAttention,
    });
    if (figures.bootInstructions === undefined && script.prompts > 0) {
      figures.bootInstructions = machine.instructions;
      figures.bootWallMs = wallMs() - started;
    }
    const { status } = script;
    if (status.kind === "failed") return { outcome: status, figures };
    if (status.kind === "done") return { outcome: status, figures };
    const input = script.takeInput();
    if (input !== "") system.type(input);
    else if (stop.kind === "idle" || stop.kind === "halted") {
      return { outcome: { kind: "stopped", reason: stop.kind, missing: script.missing }, figures };
    }
  }
}
