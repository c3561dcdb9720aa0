import type { ConsoleScript } from "@cantrip/assembly";
import type { MachineSystem } from "@cantrip/assembly/riscv";
import type { RunMeter } from "./run-meter.ts";

/** How a scripted run ended. */
export type RunOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "timeout"; readonly missing: readonly string[] }
  | { readonly kind: "failed"; readonly text: string }
  /** The machine halted. */
  | { readonly kind: "stopped"; readonly reason: string; readonly missing: readonly string[] };

/**
 * Drives a system with a script until the script is done, fails, or virtual time is up.
 *
 * @param limits - when virtual time is up, and whether the console says when it waits for a line
 * @param meter - looks at the system at every stop
 */
export function runScript(
  system: MachineSystem,
  script: ConsoleScript,
  limits: { readonly cycles: number; readonly hasPrompt: boolean },
  meter: RunMeter,
): RunOutcome {
  const { machine } = system;
  const look = (): boolean => {
    meter.look(script.prompts);
    return script.wantsAttention;
  };
  for (;;) {
    if (machine.cycles >= limits.cycles) return { kind: "timeout", missing: script.missing };
    // A system with a prompt waits for input in the end; one without is through when nothing can happen any more.
    const stop = limits.hasPrompt
      ? system.run({ untilCycle: limits.cycles, until: look })
      : system.run({ until: () => look() || machine.cycles >= limits.cycles });
    meter.look(script.prompts);
    const { status } = script;
    if (status.kind !== "running") return status;
    const input = script.takeInput();
    if (input !== "") system.type(input);
    else if (stop.kind === "idle" && script.missing.length === 0) return { kind: "done" };
    else if (stop.kind === "idle")
      return { kind: "stopped", reason: "nothing can happen", missing: script.missing };
    else if (stop.kind === "halted")
      return { kind: "stopped", reason: stop.reason, missing: script.missing };
  }
}
