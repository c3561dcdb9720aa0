import { ConsoleSession, measureSystem, type SystemFigures } from "@cantrip/assembly/riscv";
import type { SystemDescription } from "@cantrip/assembly";
import { builtinApplications } from "../builtin-applications.ts";
import { makeFlash } from "../flash.ts";
import { RunMeter } from "../run-meter.ts";
import { findPlatform } from "../systems.ts";

/** Virtual seconds in which a system that boots at all shows its prompt, and a command ends. */
const SECONDS = 60;
const PROMPT = "CANTRIP> ";

/** What `kmem --live` measures. */
export interface LiveMemory {
  /** Bytes in use at the first prompt. */
  readonly promptBytes: number;
  /** Most bytes in use until the first prompt: the root server's objects are among them. */
  readonly peakBytes: number;
  /** Bytes in use after the commands. */
  readonly nowBytes: number;
  readonly ramBytes: number;
  /** What is in the kernel after the commands. */
  readonly figures: SystemFigures;
}

/**
 * Boots a system and measures its memory: while it boots, at its prompt, and after commands.
 *
 * @param commands - lines to type at the prompt
 * @throws ConsoleTimeout when it does not boot, or a command does not end
 */
export function liveMemory(system: SystemDescription, commands: readonly string[]): LiveMemory {
  const platform = findPlatform(system.platform);
  const session = new ConsoleSession({
    ...{ system, platform, flash: makeFlash(builtinApplications()) },
  });
  const running = session.system;
  const meter = new RunMeter(running, () => 0);
  const untilCycle = SECONDS * running.cyclesPerSecond;
  running.run({
    untilCycle,
    until() {
      const hasPrompt = session.transcript.includes(PROMPT);
      meter.look(hasPrompt ? 1 : 0);
      return hasPrompt;
    },
  });
  session.waitForPrompt(SECONDS);
  const promptBytes = measureSystem(running).memory.usedBytes;
  for (const command of commands) session.command(command, SECONDS);
  const figures = measureSystem(running);
  const { usedBytes, ramBytes } = figures.memory;
  return {
    ...{ promptBytes, ramBytes, nowBytes: usedBytes, figures },
    peakBytes: Math.max(meter.peakUsedBytes, promptBytes),
  };
}

/** Counts of objects, and the slots of every CSpace. */
export function liveText({ kernelObjects, slots }: SystemFigures): string {
  const byName = <T>(rows: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  const objects = byName(kernelObjects).map(
    ([kind, count]) => `${kind.padEnd(32)}${String(count).padStart(8)}\n`,
  );
  const spaces = byName(slots).map(
    ([name, { used, total }]) =>
      `${name.padEnd(32)}${String(used).padStart(8)} of ${String(total)}\n`,
  );
  return `kernel objects\n${objects.join("")}\nslots in use\n${spaces.join("")}`;
}
