import { CapType, type CNode, objectBytes } from "@cantrip/sel4-kernel";
import type { BootImage } from "../boot-image.ts";
import type { BootedSystem } from "./machine-system.ts";

const PAGE_BYTES = 4096;

/** Figures of a running system, for tools; nothing inside the system sees them. */
export interface SystemFigures {
  readonly virtualTimeUs: number;
  readonly memory: {
    readonly ramBytes: number;
    /** Live objects, frames and page tables, and what the kernel's image would occupy. */
    readonly usedBytes: number;
  };
  /** Live objects by kind. */
  readonly kernelObjects: Readonly<Record<string, number>>;
  /** Free and used slots of each component's CSpace. */
  readonly slots: Readonly<Record<string, { readonly used: number; readonly total: number }>>;
}

/** A system to measure; threads are grouped by component when its image names the components. */
export interface MeasurableSystem extends BootedSystem {
  readonly image?: Pick<BootImage, "births">;
}

/** Reads the kernel's state. */
export function measureSystem(system: MeasurableSystem): SystemFigures {
  const { state } = system.kernel;
  const kernelObjects: Record<string, number> = {};
  for (const object of state.objectsByPaddr.values()) {
    kernelObjects[object.kind] = (kernelObjects[object.kind] ?? 0) + 1;
  }
  const frames = new Set<number>();
  const tables = new Set<number>();
  let usedBytes = system.kernel.state.platform.kernelImage.size;
  for (const object of state.objectsByPaddr.values()) {
    usedBytes += objectBytes(state, object);
    if (object.kind !== "cnode") continue;
    for (const slot of object.slots) {
      if (slot.cap.type === CapType.Frame && !slot.cap.isDevice) frames.add(slot.cap.paddr);
      if (slot.cap.type === CapType.PageTable) tables.add(slot.cap.paddr);
    }
  }
  usedBytes += (frames.size + tables.size) * PAGE_BYTES;
  kernelObjects["frame"] = frames.size;
  kernelObjects["pageTable"] = tables.size;
  return {
    virtualTimeUs: system.machine.timeMicroseconds,
    memory: { ramBytes: system.machine.ram.length, usedBytes },
    kernelObjects,
    slots: componentSlots(system),
  };
}

function componentSlots(system: MeasurableSystem): Record<string, { used: number; total: number }> {
  const { state } = system.kernel;
  const components = [...(system.image?.births.keys() ?? [])];
  const slots: Record<string, { used: number; total: number }> = {};
  for (let tcb = state.debugThreads; tcb !== null; tcb = tcb.debugNext) {
    const root = tcb.slots[0]?.cap;
    if (root?.type !== CapType.CNode) continue;
    const owner = components.find((name) => tcb.name.startsWith(`${name}_`));
    slots[owner ?? tcb.name] = countSlots(root.object);
  }
  return slots;
}

function countSlots(cnode: CNode): { used: number; total: number } {
  const used = cnode.slots.filter(({ cap }) => cap.type !== CapType.Null).length;
  return { used, total: cnode.slots.length };
}
