import { type DeviceTreeNode, encodeDeviceTree } from "./device-tree.ts";
import { QemuVirtDevice, QEMU_VIRT_RAM_BASE, QEMU_VIRT_TIMEBASE_HZ } from "./qemu-virt-map.ts";

/** What `phandle` properties name. */
const Handle = { Hart: 1, HartInterrupts: 2, Plic: 3, Test: 4 } as const;
/** Interrupts of a hart: software, timer and external of machine mode, external of supervisor mode. */
const HartInterrupt = {
  SupervisorExternal: 9,
  MachineSoftware: 3,
  MachineTimer: 7,
  MachineExternal: 11,
};
const UART_CLOCK_HZ = 3_686_400;

/** How a device tree of the board is made. */
export interface QemuVirtDeviceTreeOptions {
  /** Bytes of RAM. */
  readonly ramSize: number;
  /** Bytes at the beginning of RAM that firmware keeps; 0 when absent. */
  readonly firmwareBytes?: number;
  /** The blob is filled up to this size. */
  readonly leastBytes?: number;
}

/**
 * The flattened device tree of the board that {@link qemuVirt} describes: QEMU's names for the devices that are there, and
 * none of those that are not (flash, PCI, virtio, real-time clock).
 */
export function qemuVirtDeviceTree(options: QemuVirtDeviceTreeOptions): Uint8Array {
  const { ramSize, firmwareBytes = 0, leastBytes } = options;
  const root: DeviceTreeNode = {
    properties: {
      "#address-cells": [2],
      "#size-cells": [2],
      compatible: ["riscv-virtio"],
      model: ["riscv-virtio,qemu"],
    },
    nodes: {
      chosen: { properties: { "stdout-path": [`/soc/${uart()}`] } },
      [unit("memory", QEMU_VIRT_RAM_BASE)]: {
        properties: { device_type: ["memory"], reg: reg(QEMU_VIRT_RAM_BASE, ramSize) },
      },
      cpus: cpus(),
      soc: devices(),
      ...(firmwareBytes === 0 ? {} : { "reserved-memory": reserved(firmwareBytes) }),
    },
  };
  return encodeDeviceTree(root, leastBytes);
}

function cpus(): DeviceTreeNode {
  return {
    properties: {
      "#address-cells": [1],
      "#size-cells": [0],
      "timebase-frequency": [QEMU_VIRT_TIMEBASE_HZ],
    },
    nodes: {
      "cpu@0": {
        properties: {
          phandle: [Handle.Hart],
          device_type: ["cpu"],
          reg: [0],
          status: ["okay"],
          compatible: ["riscv"],
          "riscv,isa": ["rv32imac_zicsr_zifencei"],
          "mmu-type": ["riscv,sv32"],
        },
        nodes: {
          "interrupt-controller": {
            properties: {
              "#interrupt-cells": [1],
              "interrupt-controller": [],
              compatible: ["riscv,cpu-intc"],
              phandle: [Handle.HartInterrupts],
            },
          },
        },
      },
    },
  };
}

function devices(): DeviceTreeNode {
  const { plic, test, clint, uart0 } = QemuVirtDevice;
  const hart = Handle.HartInterrupts;
  return {
    properties: {
      "#address-cells": [2],
      "#size-cells": [2],
      compatible: ["simple-bus"],
      ranges: [],
    },
    nodes: {
      [uart()]: {
        properties: {
          interrupts: [uart0.interrupt],
          "interrupt-parent": [Handle.Plic],
          reg: reg(uart0.base, uart0.size),
          "clock-frequency": [UART_CLOCK_HZ],
          compatible: ["ns16550a"],
        },
      },
      [unit("test", test.base)]: {
        properties: {
          phandle: [Handle.Test],
          reg: reg(test.base, test.size),
          compatible: ["sifive,test1", "sifive,test0", "syscon"],
        },
      },
      [unit("plic", plic.base)]: {
        properties: {
          phandle: [Handle.Plic],
          "riscv,ndev": [plic.sources],
          reg: reg(plic.base, plic.size),
          "interrupts-extended": [
            ...[hart, HartInterrupt.MachineExternal],
            ...[hart, HartInterrupt.SupervisorExternal],
          ],
          "interrupt-controller": [],
          compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
          "#address-cells": [0],
          "#interrupt-cells": [1],
        },
      },
      [unit("clint", clint.base)]: {
        properties: {
          "interrupts-extended": [
            ...[hart, HartInterrupt.MachineSoftware],
            ...[hart, HartInterrupt.MachineTimer],
          ],
          reg: reg(clint.base, clint.size),
          compatible: ["sifive,clint0", "riscv,clint0"],
        },
      },
    },
  };
}

function reserved(firmwareBytes: number): DeviceTreeNode {
  return {
    properties: { "#address-cells": [2], "#size-cells": [2], ranges: [] },
    nodes: {
      [unit("sbi", QEMU_VIRT_RAM_BASE)]: {
        properties: { reg: reg(QEMU_VIRT_RAM_BASE, firmwareBytes), "no-map": [] },
      },
    },
  };
}

function uart(): string {
  return unit("serial", QemuVirtDevice.uart0.base);
}

function unit(name: string, base: number): string {
  return `${name}@${base.toString(16)}`;
}

/** Address and size, of two cells each. */
function reg(base: number, size: number): number[] {
  return [0, base, 0, size];
}
