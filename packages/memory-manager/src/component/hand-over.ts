import { powerOfTwo } from "@cantrip/sel4-config";
import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { type BootInfo, readBootInfo } from "@cantrip/sel4-sys";
import type { DevicePiece, DeviceUntyped } from "../device-memory.ts";
import type { UntypedSlab } from "../memory-manager.ts";
import type { SeL4Memory } from "./sel4-memory.ts";

const PAGE_BYTES = 4096;
/**
 * First word behind the list of untypeds where the kernel has no `seL4_Untyped_Describe`; one word for each untyped
 * follows: the bytes that are left of it. The root server writes this ("LEFT" in memory order).
 */
const REMAINING_MAGIC = 0x5446_454c;

/**
 * First word behind that of the table of pieces of device memory that are in the last slots of the holding CNode: then
 * follow log2 of its slots, how many there are, and for each its address with log2 of its bytes ("HELD" in memory order).
 */
const PIECES_MAGIC = 0x444c_4548;
const PIECE_BITS_MASK = 0xfff;

/** What the root server handed over. */
export interface HandOver {
  readonly bootInfo: BootInfo;
  /** Bytes left of each untyped when it was handed over; absent where the kernel can be asked. */
  readonly remaining: readonly number[] | undefined;
  /** Device memory below the frames that the root server made. */
  readonly pieces: readonly HeldPiece[];
}

/** A piece of device memory in the holding CNode. */
interface HeldPiece {
  readonly paddr: number;
  readonly sizeBits: number;
  /** Its slot, and log2 of all slots. */
  readonly index: number;
  readonly depth: number;
}

/** Reads the hand-over page. @throws RangeError when the component has none */
export function readHandOver(thread: ComponentThread): HandOver {
  const { birth, context, runtime } = thread;
  if (birth.bootInfo === undefined) throw new RangeError(`${birth.name} has no boot info page`);
  const page = new Uint8Array(PAGE_BYTES);
  context.copyIn(birth.bootInfo, page);
  const bootInfo = readBootInfo(page, runtime.config);
  const { untypedList, untypedDescBytes } = runtime.config.bootInfo;
  const count = bootInfo.untypedList.length;
  const at = untypedList + count * untypedDescBytes;
  const view = new DataView(page.buffer);
  const hasTable = at + 4 + count * 4 <= PAGE_BYTES && view.getUint32(at, true) === REMAINING_MAGIC;
  const remaining = hasTable
    ? bootInfo.untypedList.map((_, index) => view.getUint32(at + 4 + index * 4, true))
    : undefined;
  const pieces = readPieces(view, hasTable ? at + 4 + count * 4 : at);
  return { bootInfo, remaining, pieces };
}

function readPieces(view: DataView, at: number): HeldPiece[] {
  if (at + 12 > PAGE_BYTES || view.getUint32(at, true) !== PIECES_MAGIC) return [];
  const depth = view.getUint32(at + 4, true);
  const count = view.getUint32(at + 8, true);
  if (at + 12 + count * 4 > PAGE_BYTES) return [];
  return Array.from({ length: count }, (_, place) => {
    const word = view.getUint32(at + 12 + place * 4, true);
    const sizeBits = word & PIECE_BITS_MASK;
    return { paddr: word - sizeBits, sizeBits, index: 2 ** depth - 1 - place, depth };
  });
}

/** The pieces of device memory that the root server kept: the holding CNode has them until they are wanted. */
export function heldPieces(memory: SeL4Memory, { bootInfo, pieces }: HandOver): DevicePiece[] {
  const holding = bootInfo.untyped.start - 1;
  return pieces.map(({ paddr, sizeBits, index, depth }) => ({
    ...{ paddr, sizeBits },
    fetch: () => memory.takeHeld(holding, index, depth),
  }));
}

/** What is left of the untypeds of device memory. */
export function* collectDevices(memory: SeL4Memory, handOver: HandOver): Task<DeviceUntyped[]> {
  const { bootInfo, remaining } = handOver;
  const devices: DeviceUntyped[] = [];
  for (const [index, { paddr, sizeBits, isDevice }] of bootInfo.untypedList.entries()) {
    if (!isDevice) continue;
    const slot = bootInfo.untyped.start + index;
    const asked = yield* memory.remainingBytes(slot);
    devices.push({ slot, paddr, sizeBits, remainingBytes: asked ?? remaining?.[index] ?? 0 });
  }
  return devices;
}

/** Takes the root server's memory back and asks what is left of every untyped that is not device memory. */
export function* collectSlabs(memory: SeL4Memory, handOver: HandOver): Task<UntypedSlab[]> {
  const { bootInfo, remaining } = handOver;
  const ordinary = bootInfo.untypedList
    .map((desc, index) => ({ ...desc, slot: bootInfo.untyped.start + index, index }))
    .filter(({ isDevice }) => !isDevice);
  // All of it goes before any of it is used: the root server's frames are not children of the memory that they are in.
  for (const { slot, isTainted } of ordinary) if (isTainted) yield* memory.revokeOwn(slot);
  const slabs: UntypedSlab[] = [];
  for (const { slot, sizeBits, isTainted, index } of ordinary) {
    // The kernel clears memory that was used before, and does not know that an image was loaded into this.
    if (isTainted) yield* memory.fillOnce(slot, sizeBits);
    let remainingBytes = yield* memory.remainingBytes(slot);
    if (remainingBytes === undefined) {
      remainingBytes = remaining?.[index] ?? 0;
      // What the kernel itself made of it, the root server cannot know.
      const isWhole = remainingBytes === powerOfTwo(sizeBits);
      if (isWhole && !(yield* memory.fillOnce(slot, sizeBits))) remainingBytes = 0;
    }
    slabs.push({ slot, sizeBits, remainingBytes });
  }
  return slabs;
}
