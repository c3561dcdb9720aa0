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

/**
 * First word of the table of pieces of device memory: untypeds below the frames that the specification wants. Then follow
 * log2 of the slots of the holding CNode, the number of pieces, and a word for each: its physical address, and log2 of its
 * bytes in the lowest bits. The first is in the last slot of the holding CNode, the others before it. "HELD" in memory order.
 */
export const PIECES_MAGIC = 0x444c_4548;

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
 * What goes into the hand-over page, behind the list of untypeds, for kernels that cannot be asked what is left of an
 * untyped.
 */
export function handOverRemaining(
  untypeds: readonly { readonly sizeBits: number; readonly used: number }[],
): Uint8Array {
  return words([HAND_OVER_MAGIC, ...untypeds.map(({ sizeBits, used }) => 2 ** sizeBits - used)]);
}

/**
 * What goes into the hand-over page, behind that, for pieces of device memory: see {@link PIECES_MAGIC}.
 *
 * @param holdingBits - log2 of the slots of the holding CNode; the pieces are in its last slots, from the end
 */
export function handOverPieces(
  pieces: readonly { readonly paddr: number; readonly sizeBits: number }[],
  holdingBits: number,
): Uint8Array {
  // Pieces are pages at least: the low bits of their addresses are free.
  const list = pieces.map(({ paddr, sizeBits }) => paddr + sizeBits);
  return words([PIECES_MAGIC, holdingBits, pieces.length, ...list]);
}

/** Whether tables that end at an offset are in the page. @throws RootserverError */
export function checkRoom(end: number, untypeds: number): void {
  if (end > PAGE_BYTES)
    throw new RootserverError(`the hand-over page cannot describe ${untypeds} untypeds`);
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return bytes;
}
