import {
  type Cap,
  CapType,
  type FrameCap,
  type KernelObject,
  type KernelState,
  type PageTableCap,
  type Slot,
  type Tcb,
} from "@cantrip/sel4-kernel";

const BUFFER_BYTES = 512;
const TABLE_BYTES = 4096;

/** Physical memory. */
export interface Range {
  readonly base: number;
  readonly bytes: number;
}

/**
 * What a thread's capabilities reach: those of its CSpace and its TCB, those in CNodes and TCBs that they stand for, and
 * so on. What can be made of untyped memory is covered by it.
 */
export interface Closure {
  readonly objects: ReadonlySet<KernelObject>;
  readonly untypeds: readonly Range[];
  readonly tables: readonly Range[];
  /** Frames, those of devices too. */
  readonly frames: readonly Range[];
  /**
   * IPC buffers, where the kernel may write: of the threads among {@link objects}, and of those that wait for a message at
   * one of the endpoints, or for an answer through one of the reply objects.
   */
  readonly buffers: readonly Range[];
  /** Entries of page tables where a frame or a table is mapped: who has it may unmap it, without the table. */
  readonly entries: readonly Range[];
}

/** The closure of the thread's capabilities. */
export function closureOf(thread: Tcb, state: KernelState): Closure {
  const objects = new Set<KernelObject>([thread]);
  const untypeds: Range[] = [];
  const tables: Range[] = [];
  const frames: Range[] = [];
  const buffers: Range[] = [];
  const entries: Range[] = [];
  const addCap = (cap: Cap): void => {
    if (cap.type === CapType.Frame || cap.type === CapType.PageTable)
      addEntries(cap, state, entries);
    if (cap.type === CapType.Untyped) untypeds.push({ base: cap.paddr, bytes: 2 ** cap.sizeBits });
    else if (cap.type === CapType.Frame) frames.push({ base: cap.paddr, bytes: 2 ** cap.sizeBits });
    else if (cap.type === CapType.PageTable) tables.push({ base: cap.paddr, bytes: TABLE_BYTES });
    else if ("object" in cap) objects.add(cap.object);
  };
  // A set goes on to what is added while it is gone through.
  for (const object of objects) {
    if (object.kind === "endpoint")
      for (let tcb = object.head; tcb !== null; tcb = tcb.queueNext) addBuffer(tcb, buffers);
    if (object.kind === "reply" && object.tcb !== null) addBuffer(object.tcb, buffers);
    if (object.kind !== "cnode" && object.kind !== "tcb") continue;
    for (const { cap } of object.slots) addCap(cap);
    if (object.kind === "tcb") addBuffer(object, buffers);
  }
  return { objects, untypeds, tables, frames, buffers, entries };
}

function addBuffer({ slots, ipcBuffer }: Tcb, to: Range[]): void {
  const cap = slots[2]?.cap;
  if (cap?.type !== CapType.Frame || cap.rights !== 3 || cap.isDevice) return;
  to.push({ base: cap.paddr + (ipcBuffer % 2 ** cap.sizeBits), bytes: BUFFER_BYTES });
}

function addEntries(
  { asid, vaddr }: FrameCap | PageTableCap,
  { asidPools, config, port }: KernelState,
  to: Range[],
): void {
  const { asidPoolEntries } = config.settings;
  const pool = asidPools[Math.floor(asid / asidPoolEntries)];
  const root = pool?.roots[asid % asidPoolEntries] ?? 0;
  if (asid === 0 || root === 0) return;
  const base = root + (vaddr >>> 22) * 4;
  to.push({ base, bytes: 4 });
  const entry = port.readWord(base);
  // Valid, and no leaf.
  if ((entry & 0xf) !== 1) return;
  to.push({ base: (entry >>> 10) * TABLE_BYTES + ((vaddr >>> 12) & 0x3ff) * 4, bytes: 4 });
}

/** Whether one of the ranges has all the bytes. */
export function covers(ranges: readonly Range[], paddr: number, bytes: number): boolean {
  return ranges.some((range) => paddr >= range.base && paddr + bytes <= range.base + range.bytes);
}

/** Whether the kernel may write the word for somebody whose capabilities reach that. */
export function mayWrite({ untypeds, tables, buffers, entries }: Closure, paddr: number): boolean {
  return (
    covers(buffers, paddr, 4) ||
    covers(entries, paddr, 4) ||
    covers(tables, paddr, 4) ||
    covers(untypeds, paddr, 4)
  );
}

/** Whether the kernel may clear the memory for somebody whose capabilities reach that. */
export function mayClear({ untypeds, tables }: Closure, paddr: number, bytes: number): boolean {
  return covers(untypeds, paddr, bytes) || covers(tables, paddr, bytes);
}

/** All slots with a capability, in the order of the derivation list. */
export function derivationOrder({ objectsByPaddr }: KernelState): Slot[] {
  const order: Slot[] = [];
  for (const object of objectsByPaddr.values()) {
    if (object.kind !== "cnode" && object.kind !== "tcb") continue;
    for (const first of object.slots) {
      if (first.cap.type === CapType.Null || first.mdbPrev !== null) continue;
      for (let slot: Slot | null = first; slot !== null; slot = slot.mdbNext) order.push(slot);
    }
  }
  return order;
}
