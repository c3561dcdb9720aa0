import { CapType } from "@cantrip/sel4-kernel";
import { type Difference, hex } from "./compare-states.ts";
import type { KernelMemory } from "./kernel-memory.ts";
import type { KernelState } from "./kernel-state.ts";

/**
 * Frames in memory that the model has cleared in this visit: the kernel's must be clear, too. What else lies there is
 * compared as objects.
 *
 * @param cleared - first address and bytes of each range
 */
export function compareClearedFrames(
  { objects }: KernelState,
  cleared: readonly (readonly [paddr: number, bytes: number])[],
  kernel: KernelMemory,
): Difference[] {
  const found: Difference[] = [];
  if (cleared.length === 0) return found;
  for (const { slots = [] } of objects.values()) {
    for (const [, { cap }] of slots) {
      const { type, object = 0, sizeBits = 0, isDevice } = cap;
      if (type !== CapType.Frame || isDevice === 1) continue;
      const end = object + 2 ** sizeBits;
      if (!cleared.some(([paddr, bytes]) => paddr <= object && end <= paddr + bytes)) continue;
      for (let paddr = object; paddr < end; paddr += 4) {
        const word = kernel.word(paddr);
        if (word === 0) continue;
        found.push({ where: `cleared memory ${hex(paddr)}`, model: "0", kernel: hex(word) });
        break;
      }
    }
  }
  return found;
}
