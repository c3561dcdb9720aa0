import { buildSpecImage, type SpecSystem } from "../spec-image.ts";
import { bootInitialTask } from "./boot-initial-task.ts";
import type { MachineChoices, RealKernelChoices } from "./machine-choices.ts";
import type { BootedSystem, RealKernelSystem } from "./machine-system.ts";

/** How to boot somebody's capDL specification under the root server. */
export interface SpecOptions extends SpecSystem, MachineChoices {}

/** How to boot somebody's capDL specification under the root server, on a real kernel. */
export interface RealKernelSpecOptions extends SpecSystem, RealKernelChoices {}

/**
 * Boots a system that a capDL specification describes, with no component of CantripOS but the root server.
 *
 * @throws AssemblyError with every mistake of the specification and its files
 * @throws RangeError when RAM cannot hold the image, or the kernel image is none for the platform
 */
export function bootSpec(options: SpecOptions): BootedSystem;
export function bootSpec(options: RealKernelSpecOptions): RealKernelSystem;
export function bootSpec(
  options: SpecOptions | RealKernelSpecOptions,
): BootedSystem | RealKernelSystem {
  return bootInitialTask({ kernel: options.kernel, ...buildSpecImage(options) }, options);
}
