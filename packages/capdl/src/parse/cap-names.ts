import { type CapdlCap, type CapdlSlot } from "../model.ts";
import { type CdtLink, type SlotRef } from "../spec.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { expandRanges, type NameRef, refText, type SlotRefNode } from "./name-ref.ts";
import { type ObjectStore } from "./object-store.ts";
import { type Scanner } from "./scanner.ts";

/** What a slot holds while it is not known what is copied there. */
export const NO_CAP: CapdlCap = { kind: "domain" };

/** A slot by number of its container. */
interface Place {
  readonly container: number;
  readonly slot: number;
}

/** A slot that is filled with a copy. */
export interface Copy extends Place {
  readonly holder: CapdlSlot;
  readonly source: NameRef;
  /** Rights that stay. */
  readonly mask: number;
  readonly offset: number;
}

interface CdtNode {
  readonly slot: SlotRefNode;
  readonly children: readonly CdtNode[];
  readonly offset: number;
}

/** Names of capabilities, and what is said with them: copies and derivations. */
export class CapNames {
  /** How many copies there are. */
  copies = 0;
  readonly #scanner: Scanner;
  readonly #store: ObjectStore;
  readonly #diagnostics: Diagnostics;
  readonly #single = new Map<number, Place>();
  readonly #arrays = new Map<number, readonly Place[]>();
  /** Names of slots of what is no object: derivations may still use them. */
  readonly #dangling = new Map<number, SlotRef>();
  readonly #pending = new Map<string, Copy>();
  readonly #parents: {
    readonly parent: SlotRefNode;
    readonly child: SlotRef;
    readonly offset: number;
  }[] = [];
  readonly #trees: CdtNode[] = [];

  constructor(scanner: Scanner, store: ObjectStore, diagnostics: Diagnostics) {
    this.#scanner = scanner;
    this.#store = store;
    this.#diagnostics = diagnostics;
  }

  /** `name = (container, slot)` */
  declare(base: number, container: NameRef, slot: number): void {
    const [id] = this.#store.lookUp(container) ?? [];
    if (id === undefined)
      this.#dangling.set(base, { container: refText(this.#scanner, container), slot });
    else this.#single.set(base, { container: id, slot });
  }

  /** Names the slots that a mapping fills; a later name of the same spelling counts. */
  give(name: NameRef, container: number, slot: number, count: number): void {
    if (container < 0) return;
    if (name.ranges === undefined) this.#single.set(name.base, { container, slot });
    else {
      const places = Array.from({ length: count }, (_, index) => ({
        container,
        slot: slot + index,
      }));
      this.#arrays.set(name.base, places);
    }
  }

  copy(copy: Copy): void {
    this.copies += 1;
    if (copy.container >= 0) this.#pending.set(key(copy), copy);
  }

  derive(parent: SlotRefNode, child: SlotRef, offset: number): void {
    this.#parents.push({ parent, child, offset });
  }

  tree(node: CdtNode): void {
    this.#trees.push(node);
  }

  /** Makes the copies, and returns the derivations. */
  finish(): readonly CdtLink[] {
    for (const copy of [...this.#pending.values()]) this.#resolveCopy(copy, []);
    const links: CdtLink[] = [];
    const parentOf = new Set<string>();
    const add = (parent: SlotRef, child: SlotRef, offset: number): void => {
      const childKey = `${child.container} ${child.slot}`;
      if (parentOf.has(childKey)) {
        const text = `slot ${child.slot} of ${child.container} has two parents`;
        this.#diagnostics.add(offset, text, "CAPDL0012");
        return;
      }
      parentOf.add(childKey);
      links.push({ parent, child });
    };
    const walk = (node: CdtNode): void => {
      const parent = this.#slotRef(node.slot, node.offset);
      for (const child of node.children) {
        const ref = this.#slotRef(child.slot, child.offset);
        if (parent !== undefined && ref !== undefined) add(parent, ref, child.offset);
        if (child.children.length > 0) walk(child);
      }
    };
    this.#trees.forEach(walk);
    for (const { parent, child, offset } of this.#parents) {
      const ref = this.#slotRef(parent, offset);
      if (ref !== undefined) add(ref, child, offset);
    }
    return links;
  }

  #resolveCopy(copy: Copy, visiting: readonly string[]): void {
    const own = key(copy);
    if (!this.#pending.has(own)) return;
    const name = this.#store.objects[copy.container]?.name ?? "";
    if (visiting.includes(own)) {
      this.#pending.delete(own);
      this.#diagnostics.add(
        copy.offset,
        `cyclic copy in slot ${copy.slot} of ${name}`,
        "CAPDL0010",
      );
      return;
    }
    const places = this.#places(copy.source);
    places.forEach((place, index) => {
      const inner = this.#pending.get(key(place));
      if (inner !== undefined) this.#resolveCopy(inner, [...visiting, own]);
      const cap = this.#store.slots[place.container]?.find(({ slot }) => slot === place.slot)?.cap;
      if (cap === undefined) {
        const container = this.#store.objects[place.container]?.name ?? "";
        const text = `nothing to copy in slot ${place.slot} of ${container}`;
        this.#diagnostics.add(copy.offset, text, "CAPDL0010");
      } else this.#place(copy, index, masked(cap, copy.mask));
    });
    this.#pending.delete(own);
  }

  #place(copy: Copy, index: number, cap: CapdlCap): void {
    if (index === 0) {
      // The holder was put there for this.
      (copy.holder as { cap: CapdlCap }).cap = cap;
    } else if (!this.#store.fill(copy.container, { slot: copy.slot + index, cap })) {
      const name = this.#store.objects[copy.container]?.name ?? "";
      const text = `${name}: slot ${copy.slot + index} is filled already`;
      this.#diagnostics.add(copy.offset, text, "CAPDL0006");
    }
  }

  #places(name: NameRef): readonly Place[] {
    const { base, ranges, offset } = name;
    if (ranges === undefined) {
      const place = this.#single.get(base);
      if (place !== undefined) return [place];
    } else {
      const array = this.#arrays.get(base) ?? [];
      const places = expandRanges(ranges, array.length)?.map((index) => array[index]);
      if (array.length > 0 && places?.every((place) => place !== undefined) === true) return places;
    }
    const text = refText(this.#scanner, name);
    this.#diagnostics.add(offset, `unknown capability "${text}"`, "CAPDL0003");
    return [];
  }

  #slotRef(node: SlotRefNode, offset: number): SlotRef | undefined {
    if ("container" in node) {
      const { container, slot } = node;
      const [id, ...more] = this.#store.lookUp(container) ?? [];
      if (more.length > 0) this.#diagnostics.add(offset, "one slot is expected here", "CAPDL0009");
      // Derivations may name what is not there.
      const name = this.#store.objects[id ?? -1]?.name ?? refText(this.#scanner, container);
      return { container: name, slot };
    }
    const dangling = this.#dangling.get(node.capName.base);
    if (dangling !== undefined) return dangling;
    const [place, ...more] = this.#places(node.capName);
    if (place === undefined) return undefined;
    if (more.length > 0) this.#diagnostics.add(offset, "one slot is expected here", "CAPDL0009");
    return { container: this.#store.objects[place.container]?.name ?? "", slot: place.slot };
  }
}

function key({ container, slot }: Place): string {
  return `${container} ${slot}`;
}

function masked(cap: CapdlCap, mask: number): CapdlCap {
  if (mask === 15 || cap.kind !== "object" || cap.rights === undefined) return cap;
  return { ...cap, rights: cap.rights & mask };
}
