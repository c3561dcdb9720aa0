import { allocationOrder } from "../allocation-order.ts";
import type { SlotRef, SpecObject, SpecSlot } from "../spec.ts";

const PAGE_BITS = 12;
const PAGE_BYTES = 2 ** PAGE_BITS;
const MEGA_BITS = 22;
/** capDL-tool's priority for threads that say nothing. */
const DEFAULT_PRIORITY = 125;

/** Kinds of objects that capabilities may name although no line describes them. */
type NamedKind = "ep" | "notification" | "rtreply" | "sc" | "tcb" | "asid_pool" | "pt" | "irq";

/** An object of a snapshot while its slots are being found. */
interface Draft {
  readonly object: SpecObject;
  readonly slots: Map<number, SpecSlot>;
}

/** What the entry of a page table maps. */
interface MappedFrame {
  readonly object: string;
  /** The mapping itself, once the table's slots were read. */
  readonly place: SlotRef | undefined;
}

/** Name of an object: its kind, and the kernel's pointer to it in the snapshot. */
export function nameOf(kind: string, pointer: number): string {
  return `${kind}@0x${pointer.toString(16)}`;
}

/** Objects of a snapshot by name, and what page table entries map. */
export class SnapshotObjects {
  readonly #drafts = new Map<string, Draft>();
  readonly #undeclared = new Set<string>();
  /** Frames by the address of the entry that maps them. */
  readonly #frames = new Map<number, MappedFrame>();
  /** Lower page tables by the address of the entry in the root table. */
  readonly #tables = new Map<number, string>();
  /** Lower page tables by their own address, as far as entries of theirs tell it. */
  readonly #tablePages = new Map<number, string>();
  readonly #roots = new Set<number>();
  /** Untypeds by CNode, in the order of its slots. */
  readonly #untypeds = new Map<string, string[]>();

  get(name: string): SpecObject | undefined {
    return this.#drafts.get(name)?.object;
  }

  /** Objects that something names and no line describes. */
  get undeclared(): readonly string[] {
    return [...this.#undeclared].sort();
  }

  objects(): readonly SpecObject[] {
    return allocationOrder(
      [...this.#drafts.values()].map(({ object, slots }): SpecObject => {
        const ordered = [...slots.values()].sort((a, b) => a.slot - b.slot);
        return "slots" in object ? { ...object, slots: ordered } : object;
      }),
    );
  }

  /** Takes an object. The kernel prints one again wherever it finds a capability to it. */
  declare(object: SpecObject): void {
    if (!this.#drafts.has(object.name)) this.#drafts.set(object.name, { object, slots: new Map() });
  }

  put(container: string, slot: SpecSlot): void {
    this.#drafts.get(container)?.slots.set(slot.slot, slot);
  }

  /** An object of a kind whose attributes a capability does not need: made when no line has described it. */
  named(kind: NamedKind, name: string): string {
    if (this.#drafts.has(name)) return name;
    this.#undeclared.add(name);
    this.declare(bare(kind, name));
    return name;
  }

  // ---- address spaces

  addRoot(pointer: number): void {
    this.#roots.add(pointer);
    this.declare({ kind: "pt", name: nameOf("pd", pointer), slots: [] });
  }

  addTable(entry: number): void {
    const name = nameOf("pt", entry);
    this.#tables.set(entry, name);
    this.declare({ kind: "pt", name, slots: [] });
  }

  /** A frame of a page, or, by the place of the entry that maps it, of a mega page. */
  addFrame(entry: number, pageNumber: number): void {
    const isMega = this.#roots.has(pageOf(entry));
    const paddr = pageNumber * PAGE_BYTES;
    const name = nameOf("frame", paddr);
    this.declare({
      ...{ kind: "frame", name, sizeBits: isMega ? MEGA_BITS : PAGE_BITS, paddr, fill: [] },
    });
    this.#frames.set(entry, { object: name, place: undefined });
  }

  tableAt(entry: number): string | undefined {
    return this.#tables.get(entry);
  }

  frameAt(entry: number): MappedFrame | undefined {
    return this.#frames.get(entry);
  }

  /** Notes the container of an entry: by its address, the table's own. */
  place(entry: number, place: SlotRef): void {
    const frame = this.#frames.get(entry);
    if (frame !== undefined) this.#frames.set(entry, { ...frame, place });
    if (!this.#roots.has(pageOf(entry))) this.#tablePages.set(pageOf(entry), place.container);
  }

  /**
   * The page table that a capability of one names by the first entry of the lowest table at its address. A root table's
   * address is 0: it is named as itself only when it has no lower table there.
   *
   * @returns its name; `undefined` when there is none, or two
   */
  tableWithFirstEntry(entry: number): string | undefined {
    if (this.#roots.has(entry)) return nameOf("pd", entry);
    const table = this.#tablePages.get(entry);
    const isAtZero = [...this.#roots].some((root) => this.#tables.get(root) === table);
    return isAtZero ? undefined : table;
  }

  // ---- untyped memory

  addUntyped(cnode: string, name: string): void {
    const found = this.#untypeds.get(cnode);
    if (found === undefined) this.#untypeds.set(cnode, [name]);
    else found.push(name);
  }

  /** The next untyped of a CNode: capabilities name no sizes, but come in the same order. */
  nextUntyped(cnode: string): string | undefined {
    return this.#untypeds.get(cnode)?.shift();
  }
}

function pageOf(address: number): number {
  return address - (address % PAGE_BYTES);
}

function bare(kind: NamedKind, name: string): SpecObject {
  switch (kind) {
    case "sc":
      return { kind, name, sizeBits: 0, periodUs: 0, budgetUs: 0, data: 0 };
    case "tcb": {
      const priorities = { prio: DEFAULT_PRIORITY, maxPrio: DEFAULT_PRIORITY };
      const registers = { addr: 0, ip: 0, sp: 0, affinity: 0 };
      return { kind, name, slots: [], ...registers, ...priorities, resume: true, init: [] };
    }
    case "asid_pool":
    case "irq":
    case "pt":
      return { kind, name, slots: [] };
    default:
      return { kind, name };
  }
}
