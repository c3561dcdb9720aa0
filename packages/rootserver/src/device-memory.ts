import type { Task } from "@cantrip/hosted";
import { CapRights } from "@cantrip/sel4-sys";
import type { Loader, UntypedState } from "./loader.ts";
import { retypeAt } from "./retype-at.ts";
import { RootserverError } from "./rootserver-error.ts";

/**
 * Makes a frame at a physical address: of device memory, which the kernel carves from the lowest address up.
 *
 * The memory below the frame is made into untypeds, as large as their alignment allows, which whoever receives the untyped
 * memory will have: the kernel cannot go back to it. A frame at the address of the frame before it shares that frame's object.
 */
export function* createDeviceFrame(
  loader: Loader,
  id: number,
  frame: {
    readonly type: number;
    readonly sizeBits: number;
    readonly bits: number;
    readonly paddr: number;
  },
): Task<void> {
  const { sel4, config } = loader;
  const previous = loader.objects[id - 1];
  if (
    previous?.kind === "frame" &&
    previous.paddr === frame.paddr &&
    previous.sizeBits === frame.bits
  ) {
    const slot = loader.allocSlot();
    const source = loader.path(loader.orig[id - 1] ?? 0);
    yield* sel4.cnode.copy(loader.path(slot), source, CapRights.All);
    loader.orig[id] = slot;
    return;
  }
  const untyped = deviceUntypedAt(loader, frame.paddr, 2 ** frame.bits);
  const target = frame.paddr - untyped.paddr;
  while (untyped.used < target) {
    const bits = pieceBits(untyped.used, target - untyped.used);
    const object = { type: config.objectType.untyped, sizeBits: bits, bits };
    const slot = loader.addPiece({ paddr: untyped.paddr + untyped.used, sizeBits: bits });
    yield* retypeAt(loader, untyped, object, slot);
  }
  const slot = loader.allocSlot();
  yield* retypeAt(loader, untyped, frame, slot);
  const paddr = yield* sel4.page.getAddress(slot);
  if (paddr !== frame.paddr) {
    throw new RootserverError(`the frame is at ${hex(paddr)}, not at ${hex(frame.paddr)}`);
  }
  loader.orig[id] = slot;
}

function deviceUntypedAt(loader: Loader, paddr: number, bytes: number): UntypedState {
  if (paddr % bytes !== 0) {
    throw new RootserverError(`physical address ${hex(paddr)} is not aligned to ${bytes} bytes`);
  }
  const untyped = loader.untypeds.find(
    (candidate) =>
      candidate.isDevice &&
      paddr >= candidate.paddr &&
      paddr + bytes <= candidate.paddr + 2 ** candidate.sizeBits,
  );
  if (untyped === undefined) {
    throw new RootserverError(`there is no device memory at ${hex(paddr)}`);
  }
  if (untyped.paddr + untyped.used > paddr) {
    throw new RootserverError(
      `device memory at ${hex(paddr)} is taken: frames must come in ascending order`,
    );
  }
  return untyped;
}

/** log2 of the largest untyped that is aligned at `offset` and not larger than `room`. */
function pieceBits(offset: number, room: number): number {
  const roomBits = 31 - Math.clz32(room);
  if (offset === 0) return roomBits;
  const alignmentBits = 31 - Math.clz32(offset & -offset);
  return Math.min(roomBits, alignmentBits);
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
