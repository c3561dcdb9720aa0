import { powerOfTwo } from "@cantrip/sel4-config";
import {
  type Cap,
  CapType,
  type CapOf,
  type KernelObject,
  type Slot,
  type Tcb,
  type UntypedCap,
} from "../objects.ts";
import { isMdbParentOf } from "../slots.ts";
import type { KernelState } from "../state.ts";
import {
  indexBits,
  isTablePte,
  PAGE_BITS,
  PTE_VALID,
  paddrOf,
  readEntry,
  rootEntryBits,
} from "../page-tables.ts";

/** A slot and its capability, which is of one type. */
interface Held<C extends Cap> {
  readonly slot: Slot;
  readonly cap: C;
}

/** An untyped with what the derivation list says of it. */
interface HeldUntyped extends Held<UntypedCap> {
  readonly descendants: ReadonlySet<Slot>;
}

/** A valid entry that an address space reaches. */
interface Entry {
  readonly asid: number;
  readonly vaddr: number;
  readonly pte: number;
  /** log2 of the bytes that it covers. */
  readonly bits: number;
}

/** A kernel as the checks of invariants look at it: its capabilities and its page tables are collected once. */
export interface InvariantView {
  readonly kernel: KernelState;
  readonly objects: readonly KernelObject[];
  readonly threads: readonly Tcb[];
  /** Every slot that holds a capability: of CNodes, TCBs and interrupts. */
  readonly slots: readonly Slot[];
  /** Empty slots that are in the derivation list: there should be none. */
  readonly strays: readonly Slot[];
  readonly untypeds: readonly HeldUntyped[];
  readonly frames: readonly Held<CapOf<typeof CapType.Frame>>[];
  readonly tables: readonly Held<CapOf<typeof CapType.PageTable>>[];
  /** Objects whose capability is a zombie. */
  readonly dying: ReadonlySet<KernelObject>;
  readonly entries: readonly Entry[];
}

/** Takes one violation. */
export type Report = (problem: string) => void;

/** Something that seL4's proofs state about the kernel's state whenever the kernel is left. */
export interface KernelInvariant {
  /** Its name in l4v (branch `rt`, which has the proofs of MCS), or that of the definition that contains it. */
  readonly name: string;
  /** Other definitions of l4v that it covers. */
  readonly with: readonly string[];
  /** What l4v states. */
  readonly states: string;
  /** What that is here, where it is something else; empty where it is the same. */
  readonly here: string;
  /** Reports every violation. */
  readonly check: (view: InvariantView, report: Report) => void;
}

/** Collects what the checks need. */
export function viewOf(kernel: KernelState): InvariantView {
  const objects = [...kernel.objectsByPaddr.values()];
  const threads: Tcb[] = [];
  const slots: Slot[] = [];
  const strays: Slot[] = [];
  const frames: Held<CapOf<typeof CapType.Frame>>[] = [];
  const tables: Held<CapOf<typeof CapType.PageTable>>[] = [];
  const untypeds: HeldUntyped[] = [];
  const dying = new Set<KernelObject>();
  const add = (slot: Slot): void => {
    const { cap } = slot;
    if (cap.type === CapType.Null) {
      if (slot.mdbPrev !== null || slot.mdbNext !== null) strays.push(slot);
      return;
    }
    slots.push(slot);
    if (cap.type === CapType.Frame) frames.push({ slot, cap });
    else if (cap.type === CapType.PageTable) tables.push({ slot, cap });
    else if (cap.type === CapType.Zombie) dying.add(cap.object);
    else if (cap.type === CapType.Untyped)
      untypeds.push({ slot, cap, descendants: descendantsOf(slot) });
  };
  for (const slot of kernel.irqSlots) add(slot);
  for (const object of objects) {
    if (object.kind === "tcb") threads.push(object);
    else if (object.kind !== "cnode") continue;
    for (const slot of object.slots) add(slot);
  }
  const entries = collectEntries(kernel);
  return { kernel, objects, threads, slots, strays, untypeds, frames, tables, dying, entries };
}

/** Slots derived from one: they follow it. A broken list may be a circle. */
export function descendantsOf(slot: Slot): Set<Slot> {
  const found = new Set<Slot>();
  for (
    let at = slot.mdbNext;
    at !== null && at !== slot && !found.has(at) && isMdbParentOf(slot, at);
    at = at.mdbNext
  )
    found.add(at);
  return found;
}

/** Every valid entry that an address space reaches, each table once per place where it is mapped. */
function collectEntries(kernel: KernelState): Entry[] {
  const { platform, asidPools, config } = kernel;
  const entries: Entry[] = [];
  const isInRam = (paddr: number): boolean =>
    paddr >= platform.ram.base && paddr < platform.ram.base + platform.ram.size;
  const count = powerOfTwo(indexBits(config));
  const { port, wordBytes } = kernel;
  const collect = (asid: number, table: number, start: number, bits: number): void => {
    for (let index = 0; index < count; index++) {
      const address = table + index * wordBytes;
      // Most entries are empty.
      if ((port.readWord(address) & PTE_VALID) === 0) continue;
      const pte = readEntry(kernel, address);
      const vaddr = start + index * powerOfTwo(bits);
      entries.push({ asid, vaddr, pte, bits });
      if (bits === PAGE_BITS || !isTablePte(pte) || !isInRam(paddrOf(pte))) continue;
      collect(asid, paddrOf(pte), vaddr, bits - indexBits(config));
    }
  };
  asidPools.forEach((pool, high) => {
    pool?.roots.forEach((root, low) => {
      if (root !== 0) collect(high * pool.roots.length + low, root, 0, rootEntryBits(config));
    });
  });
  return entries;
}

/** Whether a table in memory has no valid entry. */
export function isEmptyTable(kernel: KernelState, table: number): boolean {
  const { port, wordBytes } = kernel;
  const end = table + powerOfTwo(kernel.config.sizeBits.pageTable);
  for (let address = table; address < end; address += wordBytes)
    if ((port.readWord(address) & PTE_VALID) !== 0) return false;
  return true;
}

/**
 * Whether a frame is one of the initial task's image on the CantripOS fork, which gives the image's memory as untypeds
 * and does not derive the frames from them.
 */
export function isForkImageFrame({ kernel }: InvariantView, slot: Slot): boolean {
  const { cap } = slot;
  if (!kernel.config.cantripFork || cap.type !== CapType.Frame) return false;
  const { base, size } = kernel.imageMemory;
  if (cap.paddr < base || cap.paddr >= base + size) return false;
  // A frame that was made of an untyped has it before itself and its copies.
  for (let at = slot.mdbPrev; at !== null; at = at.mdbPrev)
    if (at.cap.type !== CapType.Frame || at.cap.paddr !== cap.paddr) return false;
  return true;
}

/** The object that a capability stands for, if it is not memory alone. */
export function objectOf(cap: Cap): KernelObject | undefined {
  return "object" in cap ? cap.object : undefined;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

export function nameOfObject(object: KernelObject): string {
  return object.kind === "tcb" && object.name !== ""
    ? object.name
    : `${object.kind} ${hex(object.paddr)}`;
}

export function nameOfSlot(slot: Slot): string {
  const owner = slot.owner === null ? "irq" : `${slot.owner.kind} ${hex(slot.owner.paddr)}`;
  return `slot ${slot.index} of ${owner} (cap type ${slot.cap.type})`;
}
