import type { ConsoleScript } from "@cantrip/assembly";
import { measureSystem, type RunningSystem } from "@cantrip/assembly/riscv";

/** How a scripted run ended. */
export type RunOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "timeout"; readonly missing: readonly string[] }
  | { readonly kind: "failed"; readonly text: string }
  /** The machine halted. */
  | { readonly kind: "stopped"; readonly reason: string; readonly missing: readonly string[] };

/** Figures taken while a system ran. */
export interface RunFigures {
  /** Instructions until the first prompt; `undefined` when there was none. */
  bootInstructions: number | undefined;
  /** Host milliseconds until the first prompt. */
  bootWallMs: number | undefined;
  /** Memory in use at the first prompt, bytes. */
  usedAtPromptBytes: number | undefined;
  /** Most memory in use until the first prompt and at the end, bytes; looked at every millisecond or so. */
  peakUsedBytes: number;
}

/**
 * Drives a system with a script until the script is done, fails, or virtual time is up.
 *
 * @param wallMs - host clock, for the figures only
 */
export function runScript(
  system: RunningSystem,
  script: ConsoleScript,
  limits: { readonly cycles: number },
  wallMs: () => number,
): { readonly outcome: RunOutcome; readonly figures: RunFigures } {
  const started = wallMs();
  const figures: RunFigures = {
    bootInstructions: undefined,
    bootWallMs: undefined,
    usedAtPromptBytes: undefined,
    peakUsedBytes: 0,
  };
  const { machine } = system;
  const look = (): boolean => {
    if (figures.bootInstructions === undefined) {
      figures.peakUsedBytes = Math.max(
        figures.peakUsedBytes,
        measureSystem(system).memory.usedBytes,
      );
    }
    return script.wantsAttention;
  };
  for (;;) {
    if (machine.cycles >= limits.cycles)
      return { outcome: { kind: "timeout", missing: script.missing }, figures };
    const stop = system.run({ untilCycle: limits.cycles, until: look });
    if (figures.bootInstructions === undefined && script.prompts > 0) {
      figures.bootInstructions = machine.instructions;
      figures.bootWallMs = wallMs() - started;
      figures.usedAtPromptBytes = measureSystem(system).memory.usedBytes;
    }
    const { status } = script;
    if (status.kind !== "running") return { outcome: status, figures };
    const input = script.takeInput();
    if (input !== "") system.type(input);
    else if (stop.kind === "halted") {
      return {
        outcome: { kind: "stopped", reason: stop.reason, missing: script.missing },
        figures,
      };
    }
  }
}
