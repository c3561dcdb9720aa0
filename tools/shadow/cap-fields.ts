import { CapType } from "@cantrip/sel4-kernel";
import type { Fields } from "./kernel-state.ts";

/** The kernel's own windows, as far as capabilities show them. */
export interface PointerWindows {
  /** Physical address of a pointer into the window of physical memory (`PPTR_BASE`); devices wrap around. */
  physical(pointer: number): number;
}

/** Field of a word: `width` bits from bit `low` on. */
export function bits(word: number, low: number, width: number): number {
  return (word >>> low) & (2 ** width - 1);
}

/** The part of a word from bit `low` on, in its place: pointers of aligned objects. */
export function high(word: number, low: number): number {
  return (word & -(2 ** low)) >>> 0;
}

/** Tag of a capability: 4 bits, or 8 where the low ones are 0xe. */
function capTypeOf(word0: number): number {
  return (word0 & 0xe) === 0xe ? word0 & 0xff : word0 & 0xf;
}

/** Bytes of a thread's object before its `struct tcb`. */
export const TCB_OFFSET = 256;
const TCB_BYTES = 512;
/** `ZombieType_ZombieTCB` */
const ZOMBIE_TCB = 32;
const TCB_CNODE_RADIX = 4;
/** Frame sizes by their number in a capability. */
const FRAME_BITS = [12, 22];
const PAGE_BITS = 12;
/** Low bits of an ASID. */
const ASID_LOW_BITS = 4;

/** Physical address of a thread's object, from a pointer to its `struct tcb`. */
export function threadObject(paddr: number): number {
  return paddr - (paddr % TCB_BYTES);
}

/**
 * Decodes a capability of riscv32: `include/object/structures_32.bf` and
 * `include/arch/riscv/arch/32/mode/object/structures.bf`, which are the same in both kernels.
 */
export function decodeCap(word0: number, word1: number, windows: PointerWindows): Fields {
  const type = capTypeOf(word0);
  const pointer = (word: number, low = 4): number => windows.physical(high(word, low));
  switch (type) {
    case CapType.Untyped:
      return {
        ...{ type, object: pointer(word0), sizeBits: bits(word1, 0, 5) },
        ...{ isDevice: bits(word1, 5, 1), freeBytes: (word1 >>> 6) * 16 },
      };
    case CapType.Endpoint:
      return { type, object: pointer(word1), badge: word0 >>> 4, rights: bits(word1, 0, 4) };
    case CapType.Notification:
      return { type, object: pointer(word0), badge: word1 >>> 4, rights: bits(word1, 0, 2) };
    case CapType.Reply:
      return { type, object: windows.physical(word1), canGrant: bits(word0, 4, 1) };
    case CapType.CNode:
      return {
        ...{ type, object: pointer(word0, 5), radix: bits(word1, 18, 5) },
        ...{ guard: bits(word1, 0, 18), guardSize: bits(word1, 23, 5) },
      };
    case CapType.Thread:
      return { type, object: threadObject(pointer(word0)) };
    case CapType.IrqHandler:
      return { type, irq: word1 & 0xff };
    case CapType.Zombie:
      return decodeZombie(word0, word1, windows);
    case CapType.SchedContext:
      return { type, object: pointer(word1), sizeBits: bits(word0, 8, 6) };
    case CapType.SchedControl:
      return { type, core: word1 };
    case CapType.Frame:
      return {
        ...{ type, object: windows.physical(high(word1 << 9, PAGE_BITS)) },
        ...{ sizeBits: FRAME_BITS[bits(word0, 27, 2)] ?? 0, rights: bits(word0, 25, 2) },
        isDevice: bits(word0, 24, 1),
        ...mapping(word1 >>> 23, high(word0 << 8, PAGE_BITS)),
      };
    case CapType.PageTable: {
      const isMapped = bits(word0, 24, 1);
      const place = mapping(isMapped === 0 ? 0 : word1 >>> 23, high(word0 << 8, PAGE_BITS));
      return { type, object: windows.physical(high(word1 << 9, PAGE_BITS)), isMapped, ...place };
    }
    case CapType.AsidPool:
      return { type, object: pointer(word0), index: bits(word1, 0, 9) >>> ASID_LOW_BITS };
    default:
      return { type };
  }
}

/** An address means nothing without an ASID. */
export function mapping(asid: number, vaddr: number): Fields {
  return { asid, vaddr: asid === 0 ? 0 : vaddr };
}

function decodeZombie(word0: number, id: number, windows: PointerWindows): Fields {
  const zombieType = bits(word0, 8, 6);
  const isThread = zombieType === ZOMBIE_TCB;
  const countBits = (isThread ? TCB_CNODE_RADIX : zombieType) + 1;
  return {
    ...{ type: CapType.Zombie, object: windows.physical(high(id, countBits)) },
    ...{ count: bits(id, 0, countBits), radix: isThread ? -1 : zombieType },
  };
}
