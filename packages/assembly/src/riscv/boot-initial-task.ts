import { bootKernelImage } from "./boot-kernel-image.ts";
import { bootSel4 } from "./boot-sel4.ts";
import { createMachine } from "./create-machine.ts";
import type { MachineChoices, RealKernelChoices } from "./machine-choices.ts";
import type { BootedSystem, InitialTaskSystem, RealKernelSystem } from "./machine-system.ts";
import { sparrowPlatform } from "./sparrow-platform.ts";
import { platformFor } from "./system-platform.ts";

/**
 * Makes the machine and boots the kernel model, or a kernel image, with an initial task.
 *
 * @throws RangeError when RAM cannot hold it, or the kernel image is none for the platform
 */
export function bootInitialTask(system: InitialTaskSystem, choices: MachineChoices): BootedSystem;
export function bootInitialTask(
  system: InitialTaskSystem,
  choices: RealKernelChoices,
): RealKernelSystem;
export function bootInitialTask(
  system: InitialTaskSystem,
  choices: MachineChoices | RealKernelChoices,
): BootedSystem | RealKernelSystem;
export function bootInitialTask(
  system: InitialTaskSystem,
  choices: MachineChoices | RealKernelChoices,
): BootedSystem | RealKernelSystem {
  return choices.kernelImage === undefined
    ? bootModel(system, choices)
    : bootKernelImage(system, choices);
}

function bootModel(system: InitialTaskSystem, choices: MachineChoices): BootedSystem {
  const platform = platformFor(choices.platform ?? sparrowPlatform, system.kernel.wordBits);
  const created = createMachine({ ...choices, platform }, system);
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
