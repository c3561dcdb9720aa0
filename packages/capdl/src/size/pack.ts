import { allocationOrder, objectBytes } from "../allocation-order.ts";
import { type KindSizes, kindSizes } from "../kind-sizes.ts";
import { type CapdlObject, type CapdlSpec } from "../model.ts";

/** A block of free memory: `2 ** sizeBits` bytes at a multiple of them. */
export interface FreeBlock {
  /** Physical address. */
  readonly paddr: number;
  readonly sizeBits: number;
}

/** How far a block was used. */
export interface UsedBlock extends FreeBlock {
  /** Bytes of objects. */
  readonly objectBytes: number;
  /** Bytes left out so that objects lie at multiples of their sizes. */
  readonly alignmentBytes: number;
  /** Bytes behind the last object. */
  readonly leftBytes: number;
}

/** How a specification packs. */
export interface Packing {
  /** Where each object lies that takes untyped memory, in the order of allocation. */
  readonly placements: ReadonlyMap<string, number>;
  /** Blocks in the order of use. */
  readonly blocks: readonly UsedBlock[];
  /** Bytes of the objects that are placed. */
  readonly objectBytes: number;
  /** Bytes that are neither objects nor free any more: alignment, and the rest of blocks that were left for the next. */
  readonly wasteBytes: number;
  /** The first object that there was no place for; `undefined` when everything fits. */
  readonly unplaced: string | undefined;
}

/**
 * Packs a specification into blocks of memory as CantripOS's root server does (and capDL's loaders do): objects in allocation order,
 * each at the next multiple of its size in the current block; when one does not fit, the next smaller block is current, and those
 * before are never used again. Objects at fixed physical addresses take no memory.
 *
 * @param blocks - ordinary memory that may be used: not devices', not tainted
 * @param sizes - object sizes of the kernel; default: of the specification's architecture
 */
export function packSpec(
  spec: CapdlSpec,
  blocks: readonly FreeBlock[],
  sizes: KindSizes = kindSizes(spec.arch),
): Packing {
  // Untypeds of one size in the order in which they are given, which is that of their slots.
  const order = [...blocks].sort((a, b) => b.sizeBits - a.sizeBits);
  const used: UsedBlock[] = [];
  const placements = new Map<string, number>();
  let index = 0;
  let watermark = 0;
  let bytesHere = 0;
  const leave = (): void => {
    const block = order[index];
    if (block === undefined) return;
    const alignmentBytes = watermark - bytesHere;
    const leftBytes = 2 ** block.sizeBits - watermark;
    used.push({ ...block, objectBytes: bytesHere, alignmentBytes, leftBytes });
    index++;
    watermark = 0;
    bytesHere = 0;
  };
  let unplaced: string | undefined;
  let total = 0;
  for (const object of allocationOrder(spec.objects, sizes)) {
    const bytes = isPlaced(object) ? 0 : objectBytes(object, sizes);
    if (bytes === 0) continue;
    for (;;) {
      const block = order[index];
      if (block === undefined) break;
      const start = Math.ceil(watermark / bytes) * bytes;
      if (start + bytes <= 2 ** block.sizeBits) {
        placements.set(object.name, block.paddr + start);
        watermark = start + bytes;
        bytesHere += bytes;
        total += bytes;
        break;
      }
      leave();
    }
    if (order[index] === undefined) {
      unplaced = object.name;
      break;
    }
  }
  if (watermark > 0) leave();
  const last = used.length - 1;
  const wasteBytes = used.reduce(
    (sum, block, place) => sum + block.alignmentBytes + (place < last ? block.leftBytes : 0),
    0,
  );
  return { placements, blocks: used, objectBytes: total, wasteBytes, unplaced };
}

/** As in capDL's loaders, physical address 0 means none. */
function isPlaced(object: CapdlObject): boolean {
  return "paddr" in object && Number(object.paddr ?? 0) !== 0;
}

/** Divides a range into blocks as the kernel makes untypeds of it: each as large as its address and the rest allow. */
export function blocksOf(start: number, end: number, leastBits = 4): FreeBlock[] {
  const blocks: FreeBlock[] = [];
  for (let paddr = start; end - paddr >= 2 ** leastBits;) {
    let sizeBits = Math.floor(Math.log2(end - paddr));
    while (sizeBits >= leastBits && paddr % 2 ** sizeBits !== 0) sizeBits--;
    if (sizeBits < leastBits) {
      paddr = (Math.floor(paddr / 2 ** leastBits) + 1) * 2 ** leastBits;
      continue;
    }
    blocks.push({ paddr, sizeBits });
    paddr += 2 ** sizeBits;
  }
  return blocks;
}

/**
 * The least memory, in bytes, that a specification packs into when it begins at a multiple of its largest object: the first multiple
 * of a page for which {@link packSpec} places everything.
 */
export function leastMemory(spec: CapdlSpec, sizes: KindSizes = kindSizes(spec.arch)): number {
  const page = 4096;
  const needed = spec.objects.reduce(
    (sum, object) => sum + (isPlaced(object) ? 0 : objectBytes(object, sizes)),
    0,
  );
  for (let size = Math.ceil(needed / page) * page; ; size += page)
    if (packSpec(spec, blocksOf(0, size), sizes).unplaced === undefined) return size;
}
