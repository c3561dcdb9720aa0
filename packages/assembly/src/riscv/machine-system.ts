import type { Machine, RunOptions, StopReason } from "@cantrip/hw-riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { Kernel } from "@cantrip/sel4-kernel";
import type { InitialTaskImage } from "../initial-task.ts";
import type { SystemPlan } from "../system-plan.ts";
import type { MachineImage } from "./machine-choices.ts";

/** A machine with a system on it, whichever kernel is below. */
export interface MachineSystem {
  readonly machine: Machine;
  /** Why the machine was halted; `undefined` while it runs. */
  readonly haltReason: string | undefined;
  /** Cycles of one virtual second. */
  readonly cyclesPerSecond: number;
  /** Types at the console: bytes reach the UART's receive FIFO at the line's speed. */
  type(text: string): void;
  /** Runs until something ends the run. */
  run(options?: RunOptions): StopReason;
}

/** A machine with the kernel model and whatever its initial task makes. */
export interface BootedSystem extends MachineSystem {
  readonly kernel: Kernel;
}

/** A machine that executes a kernel image, and whatever its initial task makes. */
export interface RealKernelSystem extends MachineSystem {
  /** There is no model to look into. */
  readonly kernel: undefined;
}

/** What boots: an initial task, and the hosted code that its image and its programs contain. */
export interface InitialTaskSystem extends MachineImage {
  readonly kernel: KernelConfig;
  readonly initialTask: InitialTaskImage;
  /** Names for observers. */
  readonly plan?: SystemPlan;
}
