import type { CNodeObject } from "@cantrip/capdl";
import type { Task } from "@cantrip/hosted";
import { CapRights, type CPath, ErrorCode, InitialCap, InvocationError } from "@cantrip/sel4-sys";
import type { UntypedPool } from "./create-objects.ts";
import { withFrame } from "./frame-contents.ts";
import {
  checkRoom,
  handOffCNode,
  handOverLayout,
  handOverPieces,
  handOverRemaining,
} from "./hand-over-page.ts";
import type { Loader } from "./loader.ts";

/** Capabilities of the kernel that go into the first slots of the holding CNode. */
const KERNEL_CAPS = [
  InitialCap.IrqControl,
  InitialCap.AsidControl,
  InitialCap.InitThreadAsidPool,
  InitialCap.IoPortControl,
  InitialCap.IoSpace,
  InitialCap.Domain,
];

/**
 * Moves the untyped memory, and everything that would die with the root server, into the CSpace of the component that
 * receives the untyped memory. Does nothing when no CNode is to receive it.
 */
export function* handOff(loader: Loader, pool: UntypedPool): Task<void> {
  const cnode = handOffCNode(loader);
  if (cnode === undefined) return;
  loader.subject = cnode.name;
  const { sel4 } = loader;
  const layout = handOverLayout(loader, cnode);
  const own = loader.origOf(cnode.name);

  const held = KERNEL_CAPS.length + loader.usedSlots + loader.pieces.length;
  const holdingBits = bitLength(held);
  const holding = yield* pool.retype(loader, {
    type: loader.config.objectType.capTable,
    sizeBits: holdingBits,
    bits: holdingBits + loader.config.sizeBits.slot,
  });
  yield* writeTables(loader, holdingBits);

  const inReceiver = (root: number, index: number): CPath => ({
    root,
    index,
    depth: cnode.sizeBits,
  });
  const { start, end } = loader.bootInfo.untyped;
  for (let untyped = start; untyped < end; untyped++) {
    const index = layout.untyped.start + untyped - start;
    yield* moveIfThere(loader, inReceiver(own, index), untyped);
  }

  // The receiver's CNode stays addressable while its own capability goes, too.
  const dup = loader.allocSlot();
  yield* sel4.cnode.copy(loader.path(dup), loader.path(own), CapRights.All);
  yield* fillHolding(loader, cnode, holding, holdingBits);
  yield* sel4.cnode.move(inReceiver(dup, layout.holdingSlot), loader.path(holding));
  yield* sel4.cnode.delete(loader.path(dup));
}

function* fillHolding(
  loader: Loader,
  receiver: CNodeObject,
  holding: number,
  depth: number,
): Task<void> {
  let index = 0;
  const next = (): CPath => ({ root: holding, index: index++, depth });
  for (const cap of KERNEL_CAPS) yield* moveIfThere(loader, next(), cap);
  for (let id = 0; id < loader.objects.length; id++) {
    const orig = loader.orig[id] ?? 0;
    const dup = loader.dup[id] ?? 0;
    const object = loader.object(id);
    // Threads are still to be started; the receiver's CNode comes last.
    if (object.kind === "tcb" && orig !== 0) {
      yield* loader.sel4.cnode.copy(next(), loader.path(orig), CapRights.All);
    } else if (orig !== 0 && object.name !== receiver.name) {
      yield* moveIfThere(loader, next(), orig);
    }
    if (dup !== 0 && dup !== orig) yield* moveIfThere(loader, next(), dup);
  }
  for (const dup of loader.olderDups) yield* moveIfThere(loader, next(), dup);
  for (const { slot } of loader.irqs) yield* moveIfThere(loader, next(), slot);
  yield* moveIfThere(loader, next(), loader.origOf(receiver.name));
  // From the last slot down: the receiver is told of them before it is known how many others there are.
  const last = 2 ** depth - 1;
  for (const [place, { slot }] of loader.pieces.entries())
    yield* moveIfThere(loader, { root: holding, index: last - place, depth }, slot);
}

/** Moves a capability; an empty slot has nothing to move. */
function* moveIfThere(loader: Loader, destination: CPath, slot: number): Task<void> {
  try {
    yield* loader.sel4.cnode.move(destination, loader.path(slot));
  } catch (error) {
    const isEmpty = error instanceof InvocationError && error.code === ErrorCode.FailedLookup;
    if (!isEmpty) throw error;
  }
}

/**
 * Tells the receiver what the boot info does not say: what is left of each untyped, where it cannot ask the kernel, and which
 * pieces of device memory are in the holding CNode.
 */
function* writeTables(loader: Loader, holdingBits: number): Task<void> {
  const { config, bootInfoFrame, untypeds, pieces } = loader;
  if (bootInfoFrame < 0) return;
  const canAsk = config.label.untypedDescribe !== undefined;
  const tables = [
    ...(canAsk ? [] : [handOverRemaining(untypeds)]),
    ...(pieces.length === 0 ? [] : [handOverPieces(pieces, holdingBits)]),
  ];
  if (tables.length === 0) return;
  const { untypedList, untypedDescBytes } = config.bootInfo;
  let offset = untypedList + untypeds.length * untypedDescBytes;
  const placed = tables.map((bytes) => {
    const table = { offset, bytes };
    offset += bytes.length;
    return table;
  });
  checkRoom(offset, untypeds.length);
  const frame = loader.origOf(loader.object(bootInfoFrame).name);
  yield* withFrame(loader, frame, (region) => {
    for (const table of placed) region.write(table.offset, table.bytes);
  });
}

/** Bits needed to write a number. */
function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
