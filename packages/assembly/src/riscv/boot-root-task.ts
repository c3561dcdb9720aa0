import type { Machine, RunOptions, StopReason } from "@cantrip/hw-riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { Kernel } from "@cantrip/sel4-kernel";
import { readInitialTask } from "../initial-task.ts";
import { bootSel4 } from "./boot-sel4.ts";
import { createMachine, type MachineChoices } from "./create-machine.ts";

/** How to boot somebody's initial task on the kernel model. */
export interface RootTaskOptions extends MachineChoices {
  /** ELF32 executable for RISC-V. */
  readonly elf: Uint8Array;
  readonly kernel: KernelConfig;
}

/** A machine with the kernel model and an initial task. */
export interface RunningRootTask {
  readonly machine: Machine;
  readonly kernel: Kernel;
  /** Why the kernel halted the machine; `undefined` while it runs. */
  readonly haltReason: string | undefined;
  /** Runs until something ends the run. */
  run(options?: RunOptions): StopReason;
}

/**
 * Boots an initial task that was built for a kernel configuration, with no component of CantripOS.
 *
 * @throws ElfError when the file is not an executable for RISC-V
 * @throws RangeError when RAM cannot hold it
 */
export function bootRootTask(options: RootTaskOptions): RunningRootTask {
  const task = readInitialTask(options.elf, options.kernel.settings.userTop);
  const { machine, console } = createMachine(options, { entries: [] });
  const { kernel, port } = bootSel4(machine, options.kernel, task, (byte) => {
    console.transmitNow(byte);
  });
  return {
    machine,
    kernel,
    get haltReason() {
      return port.haltReason;
    },
    run: (runOptions = {}) => machine.run(runOptions),
  };
}
