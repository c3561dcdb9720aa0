import { powerOfTwo } from "@cantrip/sel4-config";
import { type Cap, CapType, type Slot, type Tcb, TcbSlot } from "./objects.ts";
import { isTablePte, PTE_VALID, paddrOf, readEntry, walk } from "./page-tables.ts";
import type { KernelState } from "./state.ts";
import { findRoot } from "./vspace.ts";

/**
 * The slot that a CPtr names in a thread's CSpace, for tools: unlike the kernel's own look-up it leaves no failure behind.
 *
 * @param cptr - of 64 bits, exact up to 2^53
 * @returns `null` when it names none
 */
export function inspectSlot({ config }: KernelState, thread: Tcb, cptr: number): Slot | null {
  let root: Cap | undefined = thread.slots[TcbSlot.CTable]?.cap;
  let bitsLeft: number = config.wordBits;
  const word = bitsLeft === 32 ? cptr >>> 0 : cptr;
  let found: Slot | null = null;
  while (root?.type === CapType.CNode && bitsLeft > 0) {
    const { guard, guardHigh, guardSize, object } = root;
    const levelBits: number = guardSize + object.radix;
    if (levelBits === 0 || levelBits > bitsLeft) return null;
    const wanted = guardHigh * 2 ** 32 + guard;
    if (bits(word, bitsLeft - guardSize, guardSize) !== wanted) return null;
    const slot: Slot | undefined = object.slots[bits(word, bitsLeft - levelBits, object.radix)];
    if (slot === undefined) return null;
    bitsLeft -= levelBits;
    found = slot;
    root = slot.cap;
  }
  return found;
}

function bits(value: number, shift: number, count: number): number {
  return count === 0 ? 0 : Math.floor(value / powerOfTwo(shift)) % powerOfTwo(count);
}

/**
 * Physical address behind a virtual address of a thread, for tools.
 *
 * @returns 0 when nothing is mapped there, or no RAM
 */
export function inspectAddress(kernel: KernelState, thread: Tcb, vaddr: number): number {
  const vspace = thread.slots[TcbSlot.VTable]?.cap;
  if (vspace?.type !== CapType.PageTable || !vspace.isMapped) return 0;
  // A table of the next level may be in its place: then the kernel's own table is on, which maps nothing.
  if (findRoot(kernel, vspace.asid) !== vspace.paddr) return 0;
  return translate(kernel, vspace.paddr, kernel.is64 ? vaddr : vaddr >>> 0);
}

/** Physical address of a mapped user address in RAM; 0 when there is none. */
export function translate(kernel: KernelState, root: number, vaddr: number): number {
  const { ram } = kernel.platform;
  // Only lower addresses are the user's in Sv39.
  if (vaddr < 0 || (kernel.is64 && vaddr >= kernel.config.settings.userTop)) return 0;
  const { entry, bitsLeft } = walk(kernel, root, vaddr);
  const pte = readEntry(kernel, entry);
  if ((pte & PTE_VALID) === 0 || isTablePte(pte)) return 0;
  const paddr = paddrOf(pte) + (vaddr % powerOfTwo(bitsLeft));
  return paddr >= ram.base && paddr < ram.base + ram.size ? paddr : 0;
}
