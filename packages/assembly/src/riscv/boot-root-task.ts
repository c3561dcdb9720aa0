import type { KernelConfig } from "@cantrip/sel4-config";
import { readInitialTask } from "../initial-task.ts";
import { bootInitialTask } from "./boot-initial-task.ts";
import type { MachineChoices, RealKernelChoices } from "./machine-choices.ts";
import type { BootedSystem, RealKernelSystem } from "./machine-system.ts";

/** Somebody's initial task. */
interface RootTask {
  /** ELF executable for RISC-V, of the kernel's word size. */
  readonly elf: Uint8Array;
  readonly kernel: KernelConfig;
}

/** How to boot somebody's initial task on the kernel model. */
export interface RootTaskOptions extends RootTask, MachineChoices {}

/** How to boot somebody's initial task on a real kernel. */
export interface RealKernelRootTaskOptions extends RootTask, RealKernelChoices {}

/**
 * Boots an initial task that was built for a kernel configuration, with no component of CantripOS.
 *
 * @throws ElfError when the file is not an executable for RISC-V
 * @throws RangeError when RAM cannot hold it, or the kernel image is none for the platform
 */
export function bootRootTask(options: RootTaskOptions): BootedSystem;
export function bootRootTask(options: RealKernelRootTaskOptions): RealKernelSystem;
export function bootRootTask(
  options: RootTaskOptions | RealKernelRootTaskOptions,
): BootedSystem | RealKernelSystem {
  const { elf, kernel } = options;
  const initialTask = readInitialTask(elf, kernel.settings.userTop, kernel.wordBits);
  return bootInitialTask({ kernel, initialTask, entries: [] }, options);
}
