import type { ObjDesc } from "@cantrip/interfaces/memory";
import type { KernelConfig } from "@cantrip/sel4-config";
import { invalidCount, invalidType } from "./memory-failure.ts";

/** A descriptor whose type and count make sense. */
export interface CheckedObject {
  readonly type: number;
  /** First slot. */
  readonly cptr: number;
  /** Objects, and slots. */
  readonly count: number;
  /** What `seL4_Untyped_Retype` takes as size. */
  readonly sizeBits: number;
  /** log2 of the bytes of one object. */
  readonly objectBits: number;
}

/** Some of like objects. */
export function partOf(
  { type, sizeBits, objectBits }: CheckedObject,
  cptr: number,
  count: number,
): CheckedObject {
  return { type, cptr, count, sizeBits, objectBits };
}

/** Most objects of one descriptor: more than any CNode of a small system has slots. */
const MAX_COUNT = 0x10000;

/**
 * Checks a descriptor and unfolds its `count`, which is a size for CNodes, untypeds and scheduling contexts.
 *
 * @throws MemoryFailure `ObjTypeInvalid` or `ObjCountInvalid`
 */
export function checkedObject(desc: ObjDesc, config: KernelConfig): CheckedObject {
  const { objectType, sizeBits } = config;
  switch (desc.type) {
    case objectType.untyped:
      return sized(desc, sizeBits.minUntyped, sizeBits.maxUntyped, 0);
    case objectType.capTable:
      return sized(desc, 1, sizeBits.maxUntyped - sizeBits.slot, sizeBits.slot);
    case objectType.schedContext:
      return sized(desc, sizeBits.minSchedContext, sizeBits.maxUntyped, 0);
    case objectType.tcb:
      return plain(desc, sizeBits.tcb);
    case objectType.endpoint:
      return plain(desc, sizeBits.endpoint);
    case objectType.notification:
      return plain(desc, sizeBits.notification);
    case objectType.reply:
      return plain(desc, sizeBits.reply);
    case objectType.page4K:
      return plain(desc, sizeBits.page4K);
    case objectType.megaPage:
      return plain(desc, sizeBits.megaPage);
    case objectType.pageTable:
      return plain(desc, sizeBits.pageTable);
    default:
      throw invalidType(desc.type);
  }
}

function sized(
  { type, count, cptr }: ObjDesc,
  min: number,
  max: number,
  extraBits: number,
): CheckedObject {
  if (!Number.isInteger(count) || count < min || count > max) throw invalidCount(type, count);
  return { type, cptr, count: 1, sizeBits: count, objectBits: count + extraBits };
}

function plain({ type, count, cptr }: ObjDesc, objectBits: number): CheckedObject {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) throw invalidCount(type, count);
  return { type, cptr, count, sizeBits: 0, objectBits };
}
