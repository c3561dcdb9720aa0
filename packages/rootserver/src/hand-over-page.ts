import type { CNodeObject } from "@cantrip/capdl";
import { type SlotRegion, writeSlotRegion } from "@cantrip/sel4-sys";
import type { Loader } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

const PAGE_BYTES = 4096;

/**
 * First word behind the list of untypeds in a hand-over page whose kernel has no `seL4_Untyped_Describe`; then follows
 * one word for each untyped: the bytes that are left of it. "LEFT" in memory order.
 */
export const HAND_OVER_MAGIC = 0x5446_454c;

/** Where things are in the CNode that receives the untyped memory. */
export interface HandOverLayout {
  /** Slot of the CNode with everything that the root server held. */
  readonly holdingSlot: number;
  readonly untyped: SlotRegion;
  /** Slots that are the receiver's own. */
  readonly empty: SlotRegion;
}

/** The CNode that receives the untyped memory. */
export function handOffCNode(loader: Loader): CNodeObject | undefined {
  if (loader.handOffCNode < 0) return undefined;
  const object = loader.object(loader.handOffCNode);
  return object.kind === "cnode" ? object : undefined;
}

/** Lays out the receiver's CNode behind the specification's own capabilities. @throws RootserverError when it is too small */
export function handOverLayout(loader: Loader, cnode: CNodeObject): HandOverLayout {
  const holdingSlot = cnode.slots.reduce((next, { slot }) => Math.max(next, slot + 1), 0);
  const { start, end } = loader.bootInfo.untyped;
  const untyped = { start: holdingSlot + 1, end: holdingSlot + 1 + end - start };
  const size = 2 ** cnode.sizeBits;
  if (untyped.end + 1 > size) {
    throw new RootserverError(`${cnode.name} has no room for ${end - start} untypeds`);
  }
  return { holdingSlot, untyped, empty: { start: untyped.end + 1, end: size } };
}

/** The kernel's boot info page with the receiver's regions in place of the root server's. */
export function handOverPage(loader: Loader): Uint8Array {
  const cnode = handOffCNode(loader);
  if (cnode === undefined) {
    throw new RootserverError("no CNode is to receive the untyped memory that it lists");
  }
  const page = new Uint8Array(PAGE_BYTES);
  loader.sel4.context.copyIn(loader.bootInfoAddress, page);
  const { untyped, empty } = handOverLayout(loader, cnode);
  writeSlotRegion(page, loader.config.bootInfo.untyped, untyped);
  writeSlotRegion(page, loader.config.bootInfo.empty, empty);
  return page;
}

/**
 * What goes into the hand-over page for kernels that cannot be asked what is left of an untyped.
 *
 * @returns bytes and their offset in the page
 */
export function handOverRemaining(
  untypeds: readonly { readonly sizeBits: number; readonly used: number }[],
  layout: { readonly untypedList: number; readonly untypedDescBytes: number },
): { readonly offset: number; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(4 + untypeds.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HAND_OVER_MAGIC, true);
  untypeds.forEach(({ sizeBits, used }, index) => {
    view.setUint32(4 + index * 4, 2 ** sizeBits - used, true);
  });
  const offset = layout.untypedList + untypeds.length * layout.untypedDescBytes;
  if (offset + bytes.length > PAGE_BYTES) {
    throw new RootserverError(`the hand-over page cannot describe ${untypeds.length} untypeds`);
  }
  return { offset, bytes };
}
