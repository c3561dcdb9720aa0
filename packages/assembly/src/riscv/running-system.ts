import { type BootImage, buildBootImage } from "../boot-image.ts";
import type { SystemDescription } from "../description.ts";
import { bootInitialTask } from "./boot-initial-task.ts";
import type { MachineChoices, RealKernelChoices } from "./machine-choices.ts";
import type { BootedSystem, RealKernelSystem } from "./machine-system.ts";

/** What boots: a system and perhaps its image. */
interface DescribedSystem {
  readonly system: SystemDescription;
  /** An image that was built already, of the same system. */
  readonly image?: BootImage;
}

/** How to boot a system on the kernel model. */
export interface BootOptions extends MachineChoices, DescribedSystem {}

/** How to boot a system on a real kernel. */
export interface RealKernelBootOptions extends RealKernelChoices, DescribedSystem {}

/** A booted system: machine, kernel model and image. */
export interface RunningSystem extends BootedSystem {
  readonly image: BootImage;
}

/** A system booted on a real kernel: machine and image. */
export interface RunningRealKernelSystem extends RealKernelSystem {
  readonly image: BootImage;
}

/**
 * Builds the image, makes the machine and boots the kernel model, or a kernel image, with the root server.
 *
 * @throws AssemblyError with every mistake of the description, before anything boots
 * @throws RangeError when RAM cannot hold it, or the kernel image is none for the platform
 */
export function bootSystem(options: BootOptions): RunningSystem;
export function bootSystem(options: RealKernelBootOptions): RunningRealKernelSystem;
export function bootSystem(
  options: BootOptions | RealKernelBootOptions,
): RunningSystem | RunningRealKernelSystem;
export function bootSystem(
  options: BootOptions | RealKernelBootOptions,
): RunningSystem | RunningRealKernelSystem {
  const { kernel } = options.system;
  const image = options.image ?? buildBootImage(options.system);
  // One object whose getters stay getters.
  return Object.assign(bootInitialTask({ ...image, kernel, plan: image }, options), { image });
}
