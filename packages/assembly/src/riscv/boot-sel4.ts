import type { KernelConfig } from "@cantrip/sel4-config";
import { Kernel, type KernelObserver, type KernelPlatform } from "@cantrip/sel4-kernel";
import type { InitialTaskImage } from "../initial-task.ts";
import type { CreatedMachine } from "./create-machine.ts";
import { MachinePort } from "./machine-port.ts";

const PAGE_BYTES = 4096;

/** A kernel bound to a machine. */
export interface BoundKernel {
  readonly kernel: Kernel;
  readonly port: MachinePort;
}

/**
 * Does the work of a boot loader and of the kernel's start: places the device tree, if the platform has one, and the
 * initial task behind the kernel, attaches the kernel model as the machine's supervisor and makes the initial task.
 *
 * @param observe - makes an observer of the kernel before it boots
 */
export function bootSel4(
  { machine, console, platform }: CreatedMachine,
  config: KernelConfig,
  task: InitialTaskImage,
  observe?: (kernel: Kernel) => KernelObserver,
): BoundKernel {
  const ram = { base: machine.platform.ram.base, size: machine.ram.length };
  const base = ram.base + platform.firmwareBytes;
  const size = ram.size - platform.firmwareBytes;
  const deviceTree = platform.deviceTree?.(ram.size);
  const treePaddr = base + platform.kernelImageBytes;
  const imagePaddr = treePaddr + pageAlign(deviceTree?.length ?? 0);
  const port = new MachinePort(machine, console);
  const kernelPlatform: KernelPlatform = {
    ram: { base, size },
    kernelImage: { base, size: platform.kernelImageBytes, bootBytes: platform.kernelBootBytes },
    kernelDevices: platform.kernelDevices,
    maxIrq: platform.maxIrq,
    ticksPerUs: machine.platform.timebaseHz / 1_000_000,
  };
  if (imagePaddr + task.bytes.length + PAGE_BYTES > base + size) {
    throw new RangeError(
      `${ram.size} bytes of RAM cannot hold the kernel and an initial task of ${task.bytes.length} bytes`,
    );
  }
  if (deviceTree !== undefined) machine.copyToPhysical(treePaddr, deviceTree);
  machine.copyToPhysical(imagePaddr, task.bytes);
  const kernel = new Kernel({ config, platform: kernelPlatform, port });
  if (observe !== undefined) kernel.observe(observe(kernel));
  machine.attachSupervisor({
    trap: (cause, value, low, high) => {
      kernel.trap(cause, value, low, high);
    },
  });
  kernel.boot({
    image: { paddr: imagePaddr, size: task.bytes.length },
    vaddr: task.vaddr,
    entry: task.entry,
    ...(deviceTree === undefined
      ? {}
      : { deviceTree: { paddr: treePaddr, size: deviceTree.length } }),
  });
  return { kernel, port };
}

function pageAlign(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
