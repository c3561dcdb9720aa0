import { type CapdlObject } from "./model.ts";
import { type KindSizes, kindSizes } from "./kind-sizes.ts";

/**
 * Bytes of untyped memory that an object takes; 0 for those that the kernel has no object for.
 *
 * @param sizes - object sizes of the kernel; default: those of CantripOS's on riscv32
 */
export function objectBytes(object: CapdlObject, sizes: KindSizes = kindSizes("riscv")): number {
  switch (object.kind) {
    case "cnode":
      return 2 ** (object.sizeBits + sizes.slot);
    case "frame":
      return 2 ** object.sizeBits;
    case "ut":
      return object.sizeBits === 0 ? 0 : 2 ** object.sizeBits;
    case "sc":
      return 2 ** Math.max(object.sizeBits, sizes.minSchedContext);
    case "ep":
      return 2 ** sizes.endpoint;
    case "notification":
      return 2 ** sizes.notification;
    case "tcb":
      return 2 ** sizes.tcb;
    case "pt":
      return 2 ** sizes.pageTable;
    case "rtreply":
      return 2 ** sizes.reply;
    case "asid_pool":
      return 2 ** sizes.asidPool;
    case "pd":
    case "pdpt":
    case "pml4":
    case "pud":
    case "pgd":
    case "vcpu":
    case "io_pt": {
      const bits = sizes[object.kind];
      return bits === undefined ? 0 : 2 ** bits;
    }
    case "irq":
    case "ioapic_irq":
    case "msi_irq":
    case "arm_irq":
    case "arm_sgi_signal":
    case "io_ports":
    case "io_device":
    case "arm_io_device":
    case "streamid":
    case "contextbank":
    case "smc":
      return 0;
  }
}

/**
 * Objects in the order in which a loader creates them, as capDL-tool sorts them: those with a physical address by that
 * address, then the others by descending size; equal ones by name.
 */
export function allocationOrder<Item extends CapdlObject>(
  objects: readonly Item[],
  sizes?: KindSizes,
): readonly Item[] {
  const placed: { readonly object: Item; readonly paddr: number | bigint }[] = [];
  const bySize = new Map<number, Item[]>();
  for (const object of objects) {
    if ("paddr" in object) {
      placed.push({ object, paddr: object.paddr });
      continue;
    }
    const bytes = objectBytes(object, sizes);
    const list = bySize.get(bytes);
    if (list === undefined) bySize.set(bytes, [object]);
    else list.push(object);
  }
  placed.sort((a, b) => {
    if (a.paddr < b.paddr) return -1;
    if (a.paddr > b.paddr) return 1;
    return (
      objectBytes(b.object, sizes) - objectBytes(a.object, sizes) ||
      compareNames(a.object.name, b.object.name)
    );
  });
  const ordered = placed.map(({ object }) => object);
  for (const [, list] of [...bySize].sort(([a], [b]) => b - a)) {
    // One sort per size: names alone are compared, and specifications that were printed are in order.
    list.sort((a, b) => compareNames(a.name, b.name));
    for (const object of list) ordered.push(object);
  }
  return ordered;
}

/** A name and, for an element of an array, its index. */
export interface SplitName {
  readonly base: string;
  /** -1 for a name that is no array element. */
  readonly index: number;
}

/** Splits `name[3]`, as elements of arrays are called here. */
export function splitName(name: string): SplitName {
  if (name.charCodeAt(name.length - 1) !== 0x5d) return { base: name, index: -1 };
  const open = name.indexOf("[");
  if (open < 0) return { base: name, index: -1 };
  return { base: name.slice(0, open), index: Number(name.slice(open + 1, -1)) };
}

/** Order of names: code units, then array index. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const isArray = a.charCodeAt(a.length - 1) === 0x5d || b.charCodeAt(b.length - 1) === 0x5d;
  if (!isArray) return a < b ? -1 : 1;
  const left = splitName(a);
  const right = splitName(b);
  if (left.base === right.base) return left.index - right.index;
  return left.base < right.base ? -1 : 1;
}
