import { type InputRecord, replayInput } from "@cantrip/hw-riscv";
import type { MachineSystem } from "./machine-system.ts";

/** What was booted: a name that stands for a description, or the contents themselves. */
export type RecordedSystem =
  | { readonly kind: "assembly"; readonly name: string }
  /** A capDL specification as text, and the files that it fills frames from. */
  | {
      readonly kind: "capdl";
      readonly text: string;
      readonly files: Readonly<Record<string, Uint8Array>>;
    }
  /** An initial task as an ELF file. */
  | { readonly kind: "root-task"; readonly elf: Uint8Array };

/** Everything that a run depends on. */
export interface RecordedConfiguration {
  readonly system: RecordedSystem;
  /** Name of the kernel's profile. */
  readonly profile: string;
  readonly platform: string;
  readonly ramBytes: number;
  /** Contents of the flash. */
  readonly flash: Uint8Array;
  /** The initial task's image: a replay checks that it makes the same one. */
  readonly image: Uint8Array;
  /** The kernel image that the machine executed; absent when the kernel model ran. */
  readonly kernelImage?: Uint8Array;
}

/** How a run ended. */
export interface RecordedEnd {
  readonly cycles: number;
  readonly instructions: number;
  /** Every byte that the console printed. */
  readonly console: Uint8Array;
}

/** A run: what was booted, what entered, and how it ended. */
export interface Recording extends RecordedConfiguration {
  readonly inputs: readonly InputRecord[];
  readonly end: RecordedEnd;
}

/** A replay that is not the recorded run: what differs, and where. */
export class ReplayMismatch extends Error {
  override readonly name = "ReplayMismatch";
}

/** The recording of a run that has ended. */
export function finishRecording(
  configuration: RecordedConfiguration,
  { machine }: MachineSystem,
  console: Uint8Array,
): Recording {
  return {
    ...configuration,
    inputs: machine.inputLog,
    end: { cycles: machine.cycles, instructions: machine.instructions, console },
  };
}

/**
 * Repeats a recorded run on a system that was booted from its configuration, and compares.
 *
 * @param console - bytes that the system printed so far
 * @throws ReplayDivergence or ReplayMismatch when the run is another one
 */
export function replayRecording(
  recording: Recording,
  { machine }: MachineSystem,
  console: () => Uint8Array,
): void {
  const { inputs, end } = recording;
  replayInput(machine, inputs);
  if (machine.cycles < end.cycles) machine.run({ untilCycle: end.cycles });
  const printed = console();
  const differs = printed.findIndex((byte, index) => byte !== end.console[index]);
  if (differs >= 0 || printed.length !== end.console.length) {
    const at = differs >= 0 ? differs : Math.min(printed.length, end.console.length);
    throw new ReplayMismatch(
      `the console printed ${printed.length} bytes, recorded are ${end.console.length}; ` +
        `they differ from byte ${at} on`,
    );
  }
  if (machine.instructions !== end.instructions || machine.cycles !== end.cycles) {
    throw new ReplayMismatch(
      `the run ended at instruction ${machine.instructions}, cycle ${machine.cycles}; recorded ` +
        `are instruction ${end.instructions}, cycle ${end.cycles}`,
    );
  }
}
