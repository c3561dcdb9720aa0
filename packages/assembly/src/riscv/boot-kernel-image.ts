import type { InitialTaskSystem, RealKernelSystem } from "./machine-system.ts";
import { createMachine } from "./create-machine.ts";
import { readKernelImage } from "./kernel-image.ts";
import type { RealKernelChoices } from "./machine-choices.ts";
import { sparrowPlatform } from "./sparrow-platform.ts";
import { bootMessageOf, layOutKernelImage, startKernelImage } from "./start-kernel-image.ts";
import type { SystemPlatform } from "./system-platform.ts";

/** Boots a kernel image with an initial task: the machine executes it, and nothing of the kernel model takes part. */
export function bootKernelImage(
  system: InitialTaskSystem,
  choices: RealKernelChoices,
): RealKernelSystem {
  if (system.kernel.wordBits !== 32) {
    throw new RangeError(
      `kernelImage: kernel images of 32 bits run here, and ${system.kernel.name} has 64`,
    );
  }
  // Callers without types may give one.
  if ((choices.observer as unknown) !== undefined)
    throw new RangeError(
      "observer: it watches the kernel model, and with kernelImage there is none",
    );
  const platform = choices.platform ?? sparrowPlatform;
  const ramBytes = choices.ramBytes ?? platform.defaultRamBytes;
  const ram = { base: platform.board(ramBytes).ram.base, size: ramBytes };
  const kernel = readKernelImage(choices.kernelImage, platform, ram);
  const deviceTree = platform.deviceTree?.(ramBytes);
  const layout = layOutKernelImage(kernel, system.initialTask, deviceTree, ram);
  const created = createMachine(
    { ...choices, ...mailboxChoices(choices, platform, bootMessageOf(layout)) },
    system,
  );
  startKernelImage(created, layout);
  const { machine, console } = created;
  let haltReason: string | undefined;
  return {
    machine,
    kernel: undefined,
    get haltReason() {
      return haltReason;
    },
    cyclesPerSecond: machine.clock.cyclesPerSecond,
    type(text) {
      console.receive(text);
    },
    run(options = {}) {
      const stop = machine.run(options);
      if (stop.kind === "halted") haltReason = stop.reason;
      return stop;
    },
  };
}

/**
 * The security core with the message for the kernel, where the kernel asks for it. A message in the choices is left as it is.
 *
 * @throws RangeError when nobody is there to tell it
 */
function mailboxChoices(
  { securityCore = {} }: RealKernelChoices,
  { kernelStart }: SystemPlatform,
  bootMessage: readonly number[],
): Pick<RealKernelChoices, "securityCore"> {
  if (kernelStart !== "machine-mode") return { securityCore };
  if (securityCore === false || securityCore.isHeldInReset === true) {
    throw new RangeError(
      "securityCore: the kernel asks it where the initial task is, and with kernelImage it has to answer",
    );
  }
  return { securityCore: { bootMessage, ...securityCore } };
}
