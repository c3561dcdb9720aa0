import {
  ConsoleSession,
  measureOwners,
  measureSystem,
  type OwnerMemory,
  type SystemFigures,
} from "@cantrip/assembly/riscv";
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
  /** Who has how much of it, and had while the system booted. */
  readonly owners: readonly LiveOwner[];
}

/** Memory of a component or an application. */
export interface LiveOwner extends OwnerMemory {
  /** Most bytes of its own until the first prompt; 0 for what was started later. */
  readonly peakBytes: number;
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
  const peaks = new Map<string, OwnerMemory>();
  const untilCycle = SECONDS * running.cyclesPerSecond;
  running.run({
    untilCycle,
    until() {
      const hasPrompt = session.transcript.includes(PROMPT);
      if (meter.look(hasPrompt ? 1 : 0)) {
        for (const owner of measureOwners(running))
          if (owner.bytes > (peaks.get(owner.name)?.bytes ?? -1)) peaks.set(owner.name, owner);
      }
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
    owners: withPeaks(measureOwners(running), peaks),
    peakBytes: Math.max(meter.peakUsedBytes, promptBytes),
  };
}

/** Those who have memory now, and those who had some. */
function withPeaks(
  now: readonly OwnerMemory[],
  peaks: ReadonlyMap<string, OwnerMemory>,
): LiveOwner[] {
  const names = new Set(now.map(({ name }) => name));
  const gone = [...peaks.values()].filter(({ name }) => !names.has(name));
  return [
    ...now.map((owner) => ({ ...owner, peakBytes: peaks.get(owner.name)?.bytes ?? 0 })),
    ...gone.map((owner) => ({ ...owner, bytes: 0, sharedBytes: 0, peakBytes: owner.bytes })),
  ];
}

/** What `--format json` prints. */
export function liveJson({ figures, owners, ...bytes }: LiveMemory): string {
  const { kernelObjects, slots } = figures;
  return `${JSON.stringify({ ...bytes, owners, kernelObjects, slots })}\n`;
}

const KINDS: readonly LiveOwner["kind"][] = [
  ...(["component", "application", "shared", "rootserver", "kernel", "nobody"] as const),
];

/** A line for each owner: its bytes, those that it shares with others, and the most that it had during boot. */
export function ownersText(owners: readonly LiveOwner[]): string {
  const row = (name: string, ...columns: readonly (number | string)[]): string =>
    `${name.padEnd(32)}${columns.map((column) => String(column).padStart(16)).join("")}\n`;
  const order = ({ kind, name }: LiveOwner): string => `${KINDS.indexOf(kind)} ${name}`;
  const sorted = [...owners].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const sum = owners.reduce((total, { bytes }) => total + bytes, 0);
  return [
    row("bytes of", "its own", "shared", "peak in boot"),
    ...sorted.map(({ name, bytes, sharedBytes, peakBytes }) =>
      row(name, bytes, sharedBytes, peakBytes),
    ),
    row("all", sum),
  ].join("");
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
