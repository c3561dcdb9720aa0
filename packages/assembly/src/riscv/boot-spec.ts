import { buildSpecImage, type SpecSystem } from "../spec-image.ts";
import { bootInitialTask, type BootedSystem } from "./booted-system.ts";
import type { MachineChoices } from "./machine-choices.ts";

/** How to boot somebody's capDL specification under the root server. */
export interface SpecOptions extends SpecSystem, MachineChoices {}

/**
 * Boots a system that a capDL specification describes, with no component of CantripOS but the root server.
 *
 * @throws AssemblyError with every mistake of the specification and its files
 * @throws RangeError when RAM cannot hold the image
 */
export function bootSpec(options: SpecOptions): BootedSystem {
  return bootInitialTask({ kernel: options.kernel, ...buildSpecImage(options) }, options);
}
