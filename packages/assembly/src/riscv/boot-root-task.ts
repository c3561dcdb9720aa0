import type { KernelConfig } from "@cantrip/sel4-config";
import { readInitialTask } from "../initial-task.ts";
import { bootInitialTask, type BootedSystem } from "./booted-system.ts";
import type { MachineChoices } from "./machine-choices.ts";

/** How to boot somebody's initial task on the kernel model. */
export interface RootTaskOptions extends MachineChoices {
  /** ELF32 executable for RISC-V. */
  readonly elf: Uint8Array;
  readonly kernel: KernelConfig;
}

/**
 * Boots an initial task that was built for a kernel configuration, with no component of CantripOS.
 *
 * @throws ElfError when the file is not an executable for RISC-V
 * @throws RangeError when RAM cannot hold it
 */
export function bootRootTask(options: RootTaskOptions): BootedSystem {
  const { elf, kernel } = options;
  const initialTask = readInitialTask(elf, kernel.settings.userTop);
  return bootInitialTask({ kernel, initialTask, entries: [] }, options);
}
