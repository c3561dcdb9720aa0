import { CapType, type KernelState as Model, TcbSlot } from "@cantrip/sel4-kernel";
import type { KernelState } from "./kernel-state.ts";

/**
 * Gives the model the one thing that CantripOS's kernel does at boot and the model does not (`docs/oracles.md`, suite
 * `kernels`): untypeds of its boot code that go over the capabilities of the initial task's first page tables. Whatever
 * else differs at boot stays.
 */
export function adoptOverwrittenSlots(model: Model, kernel: KernelState): void {
  const root = model.current.slots[TcbSlot.CTable]?.cap;
  if (root?.type !== CapType.CNode) return;
  const slots = kernel.objects.get(root.object.paddr)?.slots;
  if (slots === undefined) return;
  for (const [index, { cap, isRevocable, isFirstBadged }] of slots) {
    const slot = root.object.slots[index];
    if (slot?.cap.type !== CapType.PageTable || cap["type"] !== CapType.Untyped) continue;
    // The kernel writes the slot as a new one: who was before it in the list goes on naming it.
    slot.mdbPrev = null;
    slot.mdbNext = null;
    slot.isRevocable = isRevocable;
    slot.isFirstBadged = isFirstBadged;
    slot.cap = {
      ...{ type: CapType.Untyped, paddr: cap["object"] ?? 0, sizeBits: cap["sizeBits"] ?? 0 },
      ...{ isDevice: cap["isDevice"] === 1, freeBytes: cap["freeBytes"] ?? 0 },
    };
  }
}
