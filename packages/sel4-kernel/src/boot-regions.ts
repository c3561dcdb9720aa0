import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";

/** Physical addresses from `start` up to, not including, `end`. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** The part of memory that the kernel sees through its own addresses. */
export interface KernelWindow {
  /** Physical address of its first byte (`PADDR_BASE`). */
  readonly start: number;
  /** Physical address behind its last byte (`PADDR_TOP`). */
  readonly end: number;
  /**
   * The kernel's address of a byte minus its physical one (`PPTR_BASE_OFFSET`), modulo a power of two that is as large as
   * the window.
   */
  readonly offset: number;
}

/** `PPTR_BASE`, `PPTR_TOP` and the unit of the window on RV32. */
const PPTR_BASE = 0x80000000;
const PPTR_TOP = 0xff800000;
const MEGA_BYTES = 0x400000;
/** On RV64, `PPTR_TOP - PPTR_BASE`: the window begins at physical address 0, and at a multiple of 2^38. */
const WINDOW_BYTES_64 = 2 ** 38 - 2 ** 31;
/** No address has as many bits; of a window's offset all that counts for alignment is below. */
const ADDRESS_BITS = 56;

/** The window of a kernel whose image begins at a physical address. */
export function kernelWindow(imageBase: number, wordBits: KernelConfig["wordBits"]): KernelWindow {
  if (wordBits === 64) return { start: 0, end: WINDOW_BYTES_64, offset: 0 };
  const start = imageBase - (imageBase % MEGA_BYTES);
  return { start, end: start + PPTR_TOP - PPTR_BASE, offset: (PPTR_BASE - start) >>> 0 };
}

/** The common part of two regions. */
export function intersect(a: Region, b: Region): Region {
  const start = Math.max(a.start, b.start);
  return { start, end: Math.max(start, Math.min(a.end, b.end)) };
}

/** What of a region none of the others takes: ascending, none empty. */
export function subtract(region: Region, others: readonly Region[]): Region[] {
  const left: Region[] = [];
  let { start } = region;
  for (const other of [...others].sort((a, b) => a.start - b.start)) {
    if (other.end <= other.start) continue;
    const end = Math.min(other.start, region.end);
    if (end > start) left.push({ start, end });
    start = Math.max(start, other.end);
  }
  if (region.end > start) left.push({ start, end: region.end });
  return left;
}

/** What {@link takeFromEnd} found. */
export interface Taken {
  /** Physical address of the block. */
  readonly start: number;
  /** What is left of the free regions, in their order; some may be empty. */
  readonly free: readonly Region[];
}

/**
 * Takes a block from the last free region that can hold it, as near to its end as the alignment allows; what lies behind
 * the block becomes a region of its own.
 *
 * @param alignment - a power of two, of the kernel's own address
 * @returns `undefined` when no region is large enough
 */
export function takeFromEnd(
  free: readonly Region[],
  { size, alignment }: { readonly size: number; readonly alignment: number },
  window: KernelWindow,
): Taken | undefined {
  for (let index = free.length - 1; index >= 0; index--) {
    const region = free[index];
    if (region === undefined) continue;
    const highest = region.end - size;
    if (highest < region.start) continue;
    const start = highest - ((highest + window.offset) % alignment);
    if (start < region.start) continue;
    const before = { start: region.start, end: start };
    const behind = { start: start + size, end: region.end };
    return { start, free: [...free.slice(0, index), before, behind, ...free.slice(index + 1)] };
  }
  return undefined;
}

/** An untyped that a region is cut into. */
export interface Piece {
  readonly paddr: number;
  readonly sizeBits: number;
}

/**
 * Cuts a region into powers of two as `create_untypeds_for_region` does: each as large as the rest of the region and the
 * alignment of the kernel's own address allow. What is smaller than the smallest untyped is lost.
 *
 * @param limits - log2 of the bytes of the smallest and of the largest untyped
 */
export function cutRegion(
  { start, end }: Region,
  { offset }: Pick<KernelWindow, "offset">,
  limits: { readonly minUntyped: number; readonly maxUntyped: number },
): Piece[] {
  const pieces: Piece[] = [];
  let paddr = start;
  while (end - paddr >= powerOfTwo(limits.minUntyped)) {
    const sizeBits = Math.min(
      sizeBitsOf(end - paddr),
      alignmentBits(paddr + offset),
      limits.maxUntyped,
    );
    if (sizeBits >= limits.minUntyped) pieces.push({ paddr, sizeBits });
    paddr += powerOfTwo(sizeBits);
  }
  return pieces;
}

/** log2 of the largest power of two that is not larger. */
function sizeBitsOf(bytes: number): number {
  const high = Math.floor(bytes / 2 ** 32);
  return high === 0 ? 31 - Math.clz32(bytes) : 63 - Math.clz32(high);
}

/** Number of zero bits at the end of an address; any object may lie at address 0. */
function alignmentBits(address: number): number {
  const low = address >>> 0;
  if (low !== 0) return 31 - Math.clz32(low & -low);
  const high = Math.floor(address / 2 ** 32);
  return high === 0 ? ADDRESS_BITS : 63 - Math.clz32(high & -high);
}

/** The next multiple. */
export function align(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
