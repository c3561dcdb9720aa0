import type { ObjDesc } from "@cantrip/interfaces/memory";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { CPath } from "@cantrip/sel4-sys";
import type { ApplicationLayout } from "./application-layout.ts";

const WORD_BITS = 32;

/** The path of a slot of an application's CSpace. */
export type InApp = (slot: number) => CPath;

/**
 * Places of an application's objects in its CSpace: those of CantripOS's `sel4bundle`, where the image takes one leaf
 * table, the stack four pages and the heap none.
 */
export interface ApplicationSlots {
  readonly tcb: number;
  readonly schedContext: number;
  readonly ipcBuffer: number;
  readonly sdkParams: number;
  /** First of the frames of the stack, of the image, and of the heap. */
  readonly stack: number;
  readonly image: number;
  readonly heap: number;
  readonly rootTable: number;
  /** First of the leaf page tables. */
  readonly leafTables: number;
  readonly endpoint: number;
  /** log2 of the slots of the CSpace. */
  readonly radix: number;
}

/** Slots for a layout. */
export function applicationSlots(layout: ApplicationLayout): ApplicationSlots {
  const stack = 4;
  const image = stack + layout.stackPages;
  const heap = image + layout.pages.length;
  const rootTable = heap + layout.heapPages;
  const leafTables = rootTable + 1;
  const objects = leafTables + layout.windows.length;
  return {
    ...{ tcb: 0, schedContext: 1, ipcBuffer: 2, sdkParams: 3 },
    ...{ stack, image, heap, rootTable, leafTables },
    // The original counts two page table levels that there are not on riscv32.
    endpoint: objects + 2,
    // One more than the bit length: `ObjDescBundle::count_log2`.
    radix: 1 + WORD_BITS - Math.clz32(objects),
  };
}

/** Objects of an application besides its CNode, in the order of their slots. */
export function applicationObjects(
  layout: ApplicationLayout,
  { objectType, sizeBits }: KernelConfig,
): Omit<ObjDesc, "cptr">[] {
  return [
    { type: objectType.tcb, count: 1 },
    { type: objectType.schedContext, count: sizeBits.minSchedContext },
    { type: objectType.page4K, count: 1 },
    { type: objectType.page4K, count: 1 },
    { type: objectType.page4K, count: layout.stackPages },
    { type: objectType.page4K, count: layout.pages.length + layout.heapPages },
    { type: objectType.pageTable, count: 1 },
    { type: objectType.pageTable, count: layout.windows.length },
  ];
}
