import type { DeviceTreeEntry, DeviceTreeNode, DeviceTreeValue } from "../device-tree.ts";
import { type HartDescription, RV32IMAC } from "../hart-description.ts";
import type { DeviceDescription, PlatformDescription } from "../platform.ts";
import { encodeDeviceTree } from "./device-tree.ts";

const TWO_32 = 0x1_0000_0000;
/** An output that leads nowhere, in `interrupts-extended`. */
const NO_INTERRUPT = 0xffffffff;
/** Single letters of the ISA string, in their order. */
const LETTERS = ["i", "m", "a", "f", "d", "c"];

/** How a platform's device tree is made. */
export interface PlatformDeviceTreeOptions {
  /** Bytes of RAM. */
  readonly ramSize: number;
  /** Bytes at the beginning of RAM that firmware keeps; 0 when absent. */
  readonly firmwareBytes?: number;
  /** The blob is filled with zeros up to this size. */
  readonly leastBytes?: number;
}

/**
 * The flattened device tree of a platform: what there is, under the names that QEMU gives it, and nothing that is not
 * there.
 *
 * @throws RangeError when the platform does not say what its tree has
 */
export function platformDeviceTree(
  platform: PlatformDescription,
  options: PlatformDeviceTreeOptions,
): Uint8Array {
  const { tree, ram } = platform;
  if (tree === undefined) throw new RangeError(`platform ${platform.name} has no device tree`);
  const { ramSize, firmwareBytes = 0, leastBytes } = options;
  const hart = platform.hart ?? RV32IMAC;
  const handles = new Handles([...(tree.missingHarts ?? []), hart.id ?? 0]);
  const console = platform.devices.find(({ name }) => name === tree.console);
  const root: DeviceTreeNode = {
    properties: {
      "#address-cells": [2],
      "#size-cells": [2],
      compatible: tree.compatible,
      model: [tree.model],
    },
    nodes: {
      chosen: {
        properties:
          console?.tree === undefined
            ? {}
            : { "stdout-path": [`/soc/${unit(console.tree.node, console.base)}`] },
      },
      [unit("memory", ram.base)]: {
        properties: { device_type: ["memory"], reg: reg(ram.base, ramSize) },
      },
      cpus: cpus(platform, hart, handles),
      soc: devices(platform, handles),
      ...(firmwareBytes === 0 ? {} : { "reserved-memory": reserved(ram.base, firmwareBytes) }),
    },
  };
  return encodeDeviceTree(root, leastBytes);
}

/** Numbers of `phandle` properties. */
class Handles {
  readonly harts: readonly number[];

  /** @param harts - numbers of the harts in the tree */
  constructor(harts: readonly number[]) {
    this.harts = [...harts].sort((a, b) => a - b);
  }
  hart(id: number): number {
    return 2 * this.harts.indexOf(id) + 1;
  }
  hartInterrupts(id: number): number {
    return this.hart(id) + 1;
  }
  get interruptController(): number {
    return 2 * this.harts.length + 1;
  }
}

function cpus(
  platform: PlatformDescription,
  hart: HartDescription,
  handles: Handles,
): DeviceTreeNode {
  const isa = isaOf(hart);
  const nodes = handles.harts.map((id): [string, DeviceTreeNode] => {
    const isThere = id === (hart.id ?? 0);
    return [
      unit("cpu", id),
      {
        properties: {
          phandle: [handles.hart(id)],
          device_type: ["cpu"],
          reg: [id],
          status: [isThere ? "okay" : "disabled"],
          compatible: ["riscv"],
          "riscv,isa": [isa],
          ...(isThere ? { "mmu-type": [hart.xlen === 64 ? "riscv,sv39" : "riscv,sv32"] } : {}),
        },
        nodes: {
          "interrupt-controller": {
            properties: {
              "#interrupt-cells": [1],
              "interrupt-controller": [],
              compatible: ["riscv,cpu-intc"],
              phandle: [handles.hartInterrupts(id)],
            },
          },
        },
      },
    ];
  });
  return {
    properties: {
      "#address-cells": [1],
      "#size-cells": [0],
      "timebase-frequency": [platform.timebaseHz],
    },
    nodes: Object.fromEntries(nodes),
  };
}

/** Name of an instruction set: `rv32imac_zicsr_zifencei`. */
function isaOf({ xlen, extensions }: HartDescription): string {
  const has = new Set(["i", ...extensions]);
  const letters = LETTERS.filter((letter) => has.has(letter)).join("");
  const names = extensions.filter((name) => name.length > 1);
  return [`rv${xlen}${letters}`, "zicsr", "zifencei", ...names].join("_");
}

function devices(platform: PlatformDescription, handles: Handles): DeviceTreeNode {
  const nodes: Record<string, DeviceTreeNode> = {};
  for (const device of platform.devices) {
    if (device.tree === undefined) continue;
    nodes[unit(device.tree.node, device.base)] = {
      properties: deviceProperties(device, device.tree, handles),
    };
  }
  return {
    properties: {
      "#address-cells": [2],
      "#size-cells": [2],
      compatible: ["simple-bus"],
      ranges: [],
    },
    nodes,
  };
}

function deviceProperties(
  { base, size, interrupts = [] }: DeviceDescription,
  { compatible, properties = {}, sources, drives = [] }: DeviceTreeEntry,
  handles: Handles,
): Record<string, DeviceTreeValue> {
  const controller = handles.interruptController;
  return {
    ...(sources === undefined
      ? {}
      : {
          phandle: [controller],
          "riscv,ndev": [sources],
          "interrupt-controller": [],
          "#address-cells": [0],
          "#interrupt-cells": [1],
        }),
    ...(drives.length === 0
      ? {}
      : {
          "interrupts-extended": drives.flatMap(({ hart, interrupt }) => [
            handles.hartInterrupts(hart),
            interrupt ?? NO_INTERRUPT,
          ]),
        }),
    ...(interrupts.length === 0 ? {} : { interrupts, "interrupt-parent": [controller] }),
    reg: reg(base, size),
    compatible,
    ...properties,
  };
}

function reserved(base: number, bytes: number): DeviceTreeNode {
  return {
    properties: { "#address-cells": [2], "#size-cells": [2], ranges: [] },
    nodes: { [unit("sbi", base)]: { properties: { reg: reg(base, bytes), "no-map": [] } } },
  };
}

function unit(name: string, base: number): string {
  return `${name}@${base.toString(16)}`;
}

/** Address and size, of two cells each. */
function reg(base: number, size: number): number[] {
  return [base, size].flatMap((value) => [Math.floor(value / TWO_32), value % TWO_32]);
}
