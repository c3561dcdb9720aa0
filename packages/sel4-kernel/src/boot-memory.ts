import { KernelInvariantError } from "./errors.ts";
import type { KernelState } from "./state.ts";

export const PAGE_BYTES = 4096;
export const MEGA_BYTES: number = 4 * 1024 * 1024;

/** The initial task, already in memory. */
export interface InitialTask {
  /** Physical pages that hold its image. */
  readonly image: { readonly paddr: number; readonly size: number };
  /** Virtual address of the image's first page. */
  readonly vaddr: number;
  readonly entry: number;
}

/** Cuts a region into aligned powers of two, as `create_untypeds_for_region` does. */
export function cutRegion(
  base: number,
  size: number,
  maxBits: number,
  minBits: number,
): { paddr: number; sizeBits: number }[] {
  const pieces: { paddr: number; sizeBits: number }[] = [];
  let at = base;
  let left = size;
  while (left >= 2 ** minBits) {
    const bySize = Math.floor(Math.log2(left));
    const byAlignment = at === 0 ? maxBits : trailingZeros(at);
    const sizeBits = Math.min(bySize, byAlignment, maxBits);
    if (sizeBits >= minBits) pieces.push({ paddr: at, sizeBits });
    at += 2 ** sizeBits;
    left -= 2 ** sizeBits;
  }
  return pieces;
}

function trailingZeros(value: number): number {
  let bits = 0;
  for (let rest = value; rest % 2 === 0 && bits < 32; rest /= 2) bits++;
  return bits;
}

/** Physical addresses of what the boot keeps from the untypeds. */
export interface Reserved {
  readonly start: number;
  readonly end: number;
  readonly asidPool: number;
  readonly bootInfo: number;
  readonly schedContext: number;
  readonly globalRoot: number;
  readonly cnode: number;
  /** Where objects that do not come from untypeds begin. */
  readonly objects: number;
}

/** Behind the image: what CantripOS's kernel never gives back, then the root CNode's own untyped. */
export function reserveBehindImage(start: number, cnodeBytes: number): Reserved {
  const cnode = align(start + 4 * PAGE_BYTES, cnodeBytes);
  const end = cnode + cnodeBytes;
  return {
    start,
    end,
    asidPool: start,
    bootInfo: start + PAGE_BYTES,
    schedContext: start + 2 * PAGE_BYTES,
    globalRoot: start + 3 * PAGE_BYTES,
    cnode,
    objects: end,
  };
}

/** Upstream takes one region from the end of RAM for all of the initial task's objects (`rootserver_mem`). */
export function reserveAtEndOfRam(
  { config, platform }: Pick<KernelState, "config" | "platform">,
  { image, vaddr }: InitialTask,
  cnodeBytes: number,
): Reserved {
  const { sizeBits } = config;
  const imageEnd = align(image.paddr + image.size, PAGE_BYTES);
  const windowStart = vaddr - (vaddr % MEGA_BYTES);
  const mappedEnd = vaddr + align(image.size, PAGE_BYTES) + 2 * PAGE_BYTES;
  const tables = Math.ceil((mappedEnd - windowStart) / MEGA_BYTES);
  // ASID pool, boot info; then, made one by one, root table, page tables, IPC buffer and TCB; the scheduling context.
  const pages = 2 + 1 + tables + 1;
  const size = cnodeBytes + pages * PAGE_BYTES + 2 ** sizeBits.tcb + 2 ** sizeBits.minSchedContext;
  const cnode = alignDown(platform.ram.base + platform.ram.size - size, cnodeBytes);
  if (cnode < imageEnd) throw new KernelInvariantError("no memory for the initial task's objects");
  const asidPool = cnode + cnodeBytes;
  const objects = asidPool + 2 * PAGE_BYTES;
  return {
    start: cnode,
    end: cnode + size,
    asidPool,
    bootInfo: asidPool + PAGE_BYTES,
    schedContext: cnode + size - 2 ** sizeBits.minSchedContext,
    // It is part of the kernel's image.
    globalRoot: platform.kernelImage.base + platform.kernelImage.size - PAGE_BYTES,
    cnode,
    objects,
  };
}

export function align(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}
