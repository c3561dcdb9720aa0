import { CapType, type CNode, type Slot } from "@cantrip/sel4-kernel";
import type { RunningSystem } from "./running-system.ts";

/** Figures of a running system, for tools; nothing inside the system sees them. */
export interface SystemFigures {
  readonly virtualTimeUs: number;
  readonly memory: {
    readonly ramBytes: number;
    /** Retyped from untypeds, and what the kernel's image would occupy. */
    readonly usedBytes: number;
  };
  /** Live objects by kind. */
  readonly kernelObjects: Readonly<Record<string, number>>;
  /** Free and used slots of each component's CSpace. */
  readonly slots: Readonly<Record<string, { readonly used: number; readonly total: number }>>;
}

/** Reads the kernel's state. */
export function measureSystem(system: RunningSystem): SystemFigures {
  const { state } = system.kernel;
  const kernelObjects: Record<string, number> = {};
  for (const object of state.objectsByPaddr.values()) {
    kernelObjects[object.kind] = (kernelObjects[object.kind] ?? 0) + 1;
  }
  const frames = new Set<number>();
  const tables = new Set<number>();
  const roots: Slot[] = [];
  for (const object of state.objectsByPaddr.values()) {
    if (object.kind !== "cnode") continue;
    for (const slot of object.slots) {
      if (slot.cap.type === CapType.Frame && !slot.cap.isDevice) frames.add(slot.cap.paddr);
      if (slot.cap.type === CapType.PageTable) tables.add(slot.cap.paddr);
      if (slot.cap.type === CapType.Untyped) roots.push(slot);
    }
  }
  kernelObjects["frame"] = frames.size;
  kernelObjects["pageTable"] = tables.size;
  return {
    virtualTimeUs: system.machine.timeMicroseconds,
    memory: { ramBytes: system.machine.ram.length, usedBytes: usedBytes(system, roots) },
    kernelObjects,
    slots: componentSlots(system),
  };
}

/** Bytes carved from untypeds that have children, of those that are not children themselves. */
function usedBytes(system: RunningSystem, untypeds: readonly Slot[]): number {
  const caps = untypeds.flatMap(({ cap }) =>
    cap.type === CapType.Untyped && !cap.isDevice ? [cap] : [],
  );
  const isInside = (cap: (typeof caps)[number]): boolean =>
    caps.some(
      (other) =>
        other.sizeBits > cap.sizeBits &&
        cap.paddr >= other.paddr &&
        cap.paddr < other.paddr + 2 ** other.sizeBits,
    );
  const managed = caps.filter((cap) => !isInside(cap));
  const total = managed.reduce((sum, cap) => sum + 2 ** cap.sizeBits, 0);
  const free = managed.reduce((sum, cap) => sum + 2 ** cap.sizeBits - cap.freeBytes, 0);
  return system.machine.ram.length - total + (total - free);
}

function componentSlots(system: RunningSystem): Record<string, { used: number; total: number }> {
  const { state } = system.kernel;
  const slots: Record<string, { used: number; total: number }> = {};
  for (let tcb = state.debugThreads; tcb !== null; tcb = tcb.debugNext) {
    const root = tcb.slots[0]?.cap;
    if (root?.type !== CapType.CNode) continue;
    const owner = [...system.image.births.keys()].find((name) => tcb.name.startsWith(`${name}_`));
    slots[owner ?? tcb.name] = countSlots(root.object);
  }
  return slots;
}

function countSlots(cnode: CNode): { used: number; total: number } {
  const used = cnode.slots.filter(({ cap }) => cap.type !== CapType.Null).length;
  return { used, total: cnode.slots.length };
}
