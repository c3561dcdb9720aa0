import type { Machine } from "@cantrip/hw-riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import { Kernel, type KernelObserver, type KernelPlatform } from "@cantrip/sel4-kernel";
import type { InitialTaskImage } from "../initial-task.ts";
import { MachinePort } from "./machine-port.ts";

const PAGE_BYTES = 4096;
/** Memory that the image of the CantripOS kernel occupies (`memsz` of its load segment), in whole pages. */
const KERNEL_IMAGE_BYTES = 0x28000;
/** The kernel keeps these for itself: interrupt controller and its own timer. */
const KERNEL_DEVICES: readonly { readonly base: number; readonly size: number }[] = [
  { base: 0x50010000, size: 0x1000 },
  { base: 0x60000000, size: 0x8000000 },
];
/** The kernel timer counts as the interrupt behind the controller's last source. */
const MAX_IRQ = 33;

/** A kernel bound to a machine. */
export interface BoundKernel {
  readonly kernel: Kernel;
  readonly port: MachinePort;
}

/**
 * Does the work of a boot loader and of the kernel's start: places the initial task behind the kernel, attaches the
 * kernel model as the machine's supervisor and makes the initial task.
 *
 * @param putChar - the kernel's debug console
 * @param observe - makes an observer of the kernel before it boots
 */
export function bootSel4(
  machine: Machine,
  config: KernelConfig,
  task: InitialTaskImage,
  putChar: (byte: number) => void,
  observe?: (kernel: Kernel) => KernelObserver,
): BoundKernel {
  const { base } = machine.platform.ram;
  const size = machine.ram.length;
  const imagePaddr = base + KERNEL_IMAGE_BYTES;
  const port = new MachinePort(machine, putChar);
  const platform: KernelPlatform = {
    ram: { base, size },
    kernelImage: { base, size: KERNEL_IMAGE_BYTES },
    deviceRegions: deviceRegions(base, size),
    maxIrq: MAX_IRQ,
    ticksPerUs: machine.platform.timebaseHz / 1_000_000,
  };
  if (KERNEL_IMAGE_BYTES + task.bytes.length + PAGE_BYTES > size) {
    throw new RangeError(
      `${size} bytes of RAM cannot hold the kernel and an initial task of ${task.bytes.length} bytes`,
    );
  }
  machine.copyToPhysical(imagePaddr, task.bytes);
  const kernel = new Kernel({ config, platform, port });
  if (observe !== undefined) kernel.observe(observe(kernel));
  machine.attachSupervisor({
    trap: (cause, value) => {
      kernel.trap(cause, value);
    },
  });
  kernel.boot({
    image: { paddr: imagePaddr, size: task.bytes.length },
    vaddr: task.vaddr,
    entry: task.entry,
  });
  return { kernel, port };
}

/** Everything that is neither RAM nor the kernel's own: ascending. */
function deviceRegions(ramBase: number, ramSize: number): { base: number; size: number }[] {
  const reserved = [{ base: ramBase, size: ramSize }, ...KERNEL_DEVICES].sort(
    (a, b) => a.base - b.base,
  );
  const regions: { base: number; size: number }[] = [];
  let at = 0;
  for (const range of reserved) {
    if (range.base > at) regions.push({ base: at, size: range.base - at });
    at = range.base + range.size;
  }
  regions.push({ base: at, size: 2 ** 32 - at });
  return regions;
}
