import { type BootImage, buildBootImage } from "../boot-image.ts";
import type { SystemDescription } from "../description.ts";
import { bootInitialTask, type BootedSystem } from "./booted-system.ts";
import type { MachineChoices } from "./machine-choices.ts";

/** How to boot a system on the kernel model. */
export interface BootOptions extends MachineChoices {
  readonly system: SystemDescription;
  /** An image that was built already, of the same system. */
  readonly image?: BootImage;
}

/** A booted system: machine, kernel and image. */
export interface RunningSystem extends BootedSystem {
  readonly image: BootImage;
}

/**
 * Builds the image, makes the machine and boots the kernel model with the root server.
 *
 * @throws AssemblyError with every mistake of the description, before anything boots
 */
export function bootSystem(options: BootOptions): RunningSystem {
  const { kernel } = options.system;
  const image = options.image ?? buildBootImage(options.system);
  // One object whose getters stay getters.
  return Object.assign(bootInitialTask({ ...image, kernel, plan: image }, options), { image });
}
