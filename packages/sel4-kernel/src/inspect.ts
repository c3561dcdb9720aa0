import { type Cap, CapType, type Slot, type Tcb, TcbSlot } from "./objects.ts";
import type { KernelState } from "./state.ts";
import { findRoot } from "./vspace.ts";

/**
 * The slot that a CPtr names in a thread's CSpace, for tools: unlike the kernel's own look-up it leaves no failure behind.
 *
 * @returns `null` when it names none
 */
export function inspectSlot(thread: Tcb, cptr: number): Slot | null {
  let root: Cap | undefined = thread.slots[TcbSlot.CTable]?.cap;
  let bitsLeft = 32;
  let found: Slot | null = null;
  while (root?.type === CapType.CNode && bitsLeft > 0) {
    const { guard, guardSize, object } = root;
    const levelBits: number = guardSize + object.radix;
    if (levelBits === 0 || levelBits > bitsLeft) return null;
    if (bits(cptr, bitsLeft - guardSize, guardSize) !== guard) return null;
    const slot: Slot | undefined = object.slots[bits(cptr, bitsLeft - levelBits, object.radix)];
    if (slot === undefined) return null;
    bitsLeft -= levelBits;
    found = slot;
    root = slot.cap;
  }
  return found;
}

function bits(value: number, shift: number, count: number): number {
  return count === 0 ? 0 : Math.floor((value >>> 0) / 2 ** shift) % 2 ** count;
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
  return translate(kernel, vspace.paddr, vaddr >>> 0);
}

/** Physical address of a mapped user address in RAM; 0 when there is none. */
export function translate(kernel: KernelState, root: number, vaddr: number): number {
  const { ram } = kernel.platform;
  const isRam = (paddr: number): boolean => paddr >= ram.base && paddr < ram.base + ram.size;
  const rootPte = kernel.port.readWord(root + (vaddr >>> 22) * 4);
  if ((rootPte & 1) === 0) return 0;
  let paddr = (rootPte >>> 10) * 4096 + (vaddr & 0x3fffff);
  if ((rootPte & 0xe) === 0) {
    const pte = kernel.port.readWord((rootPte >>> 10) * 4096 + ((vaddr >>> 12) & 0x3ff) * 4);
    if ((pte & 1) === 0) return 0;
    paddr = (pte >>> 10) * 4096 + (vaddr & 0xfff);
  }
  return isRam(paddr) ? paddr : 0;
}
