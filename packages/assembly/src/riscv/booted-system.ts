import type { Machine, RunOptions, StopReason } from "@cantrip/hw-riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { Kernel } from "@cantrip/sel4-kernel";
import type { InitialTaskImage } from "../initial-task.ts";
import type { SystemPlan } from "../system-plan.ts";
import { bootSel4 } from "./boot-sel4.ts";
import { createMachine } from "./create-machine.ts";
import type { MachineChoices, MachineImage } from "./machine-choices.ts";

/** A machine with the kernel model and whatever its initial task makes. */
export interface BootedSystem {
  readonly machine: Machine;
  readonly kernel: Kernel;
  /** Why the kernel halted the machine; `undefined` while it runs. */
  readonly haltReason: string | undefined;
  /** Cycles of one virtual second. */
  readonly cyclesPerSecond: number;
  /** Types at the console: bytes reach the UART's receive FIFO at the line's speed. */
  type(text: string): void;
  /** Runs until something ends the run. */
  run(options?: RunOptions): StopReason;
}

/** What boots: an initial task, and the hosted code that its image and its programs contain. */
export interface InitialTaskSystem extends MachineImage {
  readonly kernel: KernelConfig;
  readonly initialTask: InitialTaskImage;
  /** Names for observers. */
  readonly plan?: SystemPlan;
}

/**
 * Makes the machine and boots the kernel model with an initial task.
 *
 * @throws RangeError when RAM cannot hold it
 */
export function bootInitialTask(system: InitialTaskSystem, choices: MachineChoices): BootedSystem {
  const created = createMachine(choices, system);
  const { machine, console } = created;
  const { observer } = choices;
  const { plan = {} } = system;
  const { kernel, port } = bootSel4(
    created,
    system.kernel,
    system.initialTask,
    observer === undefined ? undefined : (kernel) => observer.observe({ machine, kernel, plan }),
  );
  return {
    machine,
    kernel,
    get haltReason() {
      return port.haltReason;
    },
    cyclesPerSecond: machine.clock.cyclesPerSecond,
    type(text) {
      console.receive(text);
    },
    run: (options = {}) => machine.run(options),
  };
}
