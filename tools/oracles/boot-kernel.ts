import { bootRootTask, type SystemPlatform } from "@cantrip/assembly/riscv";
import type { KernelConfig } from "@cantrip/sel4-config";

/** What a kernel did. */
export interface KernelRun {
  readonly output: string;
  readonly pc: number;
}

/**
 * Boots a real kernel, and an initial task on it: nothing of the kernel model takes part.
 *
 * @param seconds - virtual time to run; its timer lets a kernel with MCS never come to rest
 * @throws RangeError when the kernel is none for the platform
 */
export function bootKernel(
  kernelImage: Uint8Array,
  elf: Uint8Array,
  board: { readonly platform: SystemPlatform; readonly config: KernelConfig },
  seconds: number,
): KernelRun {
  let output = "";
  const system = bootRootTask({
    ...{ elf, kernelImage, platform: board.platform, kernel: board.config },
    onConsole: (byte) => {
      output += String.fromCharCode(byte);
    },
  });
  system.run({ untilCycle: seconds * system.cyclesPerSecond });
  return { output, pc: system.machine.pc };
}
