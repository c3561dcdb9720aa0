import { cantrip, type ObjectSizeBits } from "@cantrip/sel4-config";
import { type SpecObject } from "./spec.ts";

/**
 * Bytes of untyped memory that an object takes; 0 for those that the kernel has no object for.
 *
 * @param sizes - object sizes of the kernel; default: those of CantripOS's on riscv32
 */
export function objectBytes(object: SpecObject, sizes: ObjectSizeBits = cantrip.sizeBits): number {
  switch (object.kind) {
    case "ep":
      return 2 ** sizes.endpoint;
    case "notification":
      return 2 ** sizes.notification;
    case "tcb":
      return 2 ** sizes.tcb;
    case "cnode":
      return 2 ** (object.sizeBits + sizes.slot);
    case "frame":
      return 2 ** object.sizeBits;
    case "ut":
      return object.sizeBits === 0 ? 0 : 2 ** object.sizeBits;
    case "pt":
      return 2 ** sizes.pageTable;
    case "sc":
      return 2 ** Math.max(object.sizeBits, sizes.minSchedContext);
    case "rtreply":
      return 2 ** sizes.reply;
    case "asid_pool":
      return 2 ** sizes.asidPool;
    case "irq":
      return 0;
  }
}

/**
 * Objects in the order in which a loader creates them, as capDL-tool sorts them: those with a physical address by that
 * address, then the others by descending size; equal ones by name.
 */
export function allocationOrder(
  objects: readonly SpecObject[],
  sizes: ObjectSizeBits = cantrip.sizeBits,
): readonly SpecObject[] {
  return objects
    .map((object) => ({
      object,
      paddr: "paddr" in object ? object.paddr : undefined,
      bytes: objectBytes(object, sizes),
    }))
    .sort((a, b) => {
      if (a.paddr !== undefined || b.paddr !== undefined) {
        const difference = (a.paddr ?? Infinity) - (b.paddr ?? Infinity);
        if (difference !== 0) return difference;
      }
      return b.bytes - a.bytes || compareNames(a.object.name, b.object.name);
    })
    .map(({ object }) => object);
}

/** A name and, for an element of an array, its index. */
export interface SplitName {
  readonly base: string;
  /** -1 for a name that is no array element. */
  readonly index: number;
}

/** Splits `name[3]`, as elements of arrays are called here. */
export function splitName(name: string): SplitName {
  const open = name.indexOf("[");
  if (open < 0 || !name.endsWith("]")) return { base: name, index: -1 };
  return { base: name.slice(0, open), index: Number(name.slice(open + 1, -1)) };
}

/** Order of names: code units, then array index. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitName(a);
  const right = splitName(b);
  if (left.base === right.base) return left.index - right.index;
  return left.base < right.base ? -1 : 1;
}
