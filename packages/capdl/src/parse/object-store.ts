import { type CapdlFrame, type CapdlKind, type CapdlObject, type CapdlSlot } from "../model.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { expandRanges, type NameRef, refText } from "./name-ref.ts";
import { type Scanner } from "./scanner.ts";

/** The most slots that a specification may fill. */
export const MAX_SLOTS = 20_000_000;

/** Objects by number, and the numbers by name. */
export class ObjectStore {
  readonly objects: CapdlObject[] = [];
  /** Names and kinds of the objects: one kind of value each, where objects have many shapes. */
  readonly names: string[] = [];
  readonly kinds: CapdlKind[] = [];
  readonly suspects: number[] = [];
  /** 1 for what a plain slot names. */
  readonly used: number[] = [];
  readonly plainSlots: Map<readonly CapdlSlot[], number> = new Map<readonly CapdlSlot[], number>();
  /** How many slots were filled. */
  slotCount = 0;
  /** The slots of each object, while they are being filled; the same array as the object's. */
  readonly slots: (CapdlSlot[] | undefined)[] = [];
  /** The children of each untyped, likewise. */
  readonly children: (string[] | undefined)[] = [];
  readonly #single: (number | undefined)[] = [];
  readonly #arrays = new Map<number, (number | undefined)[]>();
  /** Containers whose slots were not filled in ascending order. */
  readonly #unordered = new Map<number, Set<number>>();
  readonly #scanner: Scanner;
  readonly #diagnostics: Diagnostics;

  constructor(scanner: Scanner, diagnostics: Diagnostics) {
    this.#scanner = scanner;
    this.#diagnostics = diagnostics;
  }

  /** Number of the object that a plain name names, or -1. */
  find(base: number): number {
    return this.#single[base] ?? -1;
  }

  /** Number of the object of a name as the model has it, or -1. */
  indexOf(name: string): number {
    if (!name.endsWith("]")) return this.find(this.#scanner.table.find(name));
    const open = name.lastIndexOf("[");
    const base = this.#scanner.table.find(name.slice(0, open));
    return this.findElement(base, Number(name.slice(open + 1, -1)));
  }

  /** Number of an element, or -1. */
  findElement(base: number, index: number): number {
    return this.#arrays.get(base)?.[index] ?? -1;
  }

  /** Whether a name is taken, as an object's or an array's. */
  isDeclared(base: number): boolean {
    if (this.#single[base] !== undefined) return true;
    return this.#arrays.size > 0 && this.#arrays.get(base)?.[0] !== undefined;
  }

  /** Adds an object that is no element of an array. */
  add(base: number, object: CapdlObject): number {
    const id = this.#push(object);
    this.#single[base] = id;
    return id;
  }

  /** Gives an object a second name. */
  alias(base: number, id: number): void {
    this.#single[base] = id;
  }

  /** Adds an element of an array. */
  addElement(base: number, index: number, object: CapdlObject): number {
    const id = this.#push(object);
    const array = this.#arrays.get(base);
    if (array === undefined) {
      const created: (number | undefined)[] = [];
      created[index] = id;
      this.#arrays.set(base, created);
    } else array[index] = id;
    return id;
  }

  /** Objects that a reference names; an empty list, and a diagnostic, when one of them is not there. */
  resolve(ref: NameRef, what: string): readonly number[] {
    const ids = this.lookUp(ref);
    if (ids !== undefined) return ids;
    const text = refText(this.#scanner, ref);
    this.#diagnostics.add(ref.offset, `unknown ${what} "${text}"`, "CAPDL0003");
    return [];
  }

  /** Objects that a reference names, or `undefined` when one of them is not there. */
  lookUp({ base, ranges }: NameRef): readonly number[] | undefined {
    if (ranges === undefined) {
      const id = this.find(base);
      return id < 0 ? undefined : [id];
    }
    const array = this.#arrays.get(base);
    if (array === undefined) return undefined;
    const ids = expandRanges(ranges, array.length)?.map((index) => array[index] ?? -1);
    return ids === undefined || ids.includes(-1) ? undefined : ids;
  }

  /** Fills a slot; `false` if it is filled already. */
  fill(id: number, slot: CapdlSlot): boolean {
    const slots = this.slots[id];
    if (slots === undefined) return true;
    const last = slots.at(-1);
    if (last === undefined || last.slot < slot.slot) {
      slots.push(slot);
      this.#unordered.get(id)?.add(slot.slot);
      return true;
    }
    let numbers = this.#unordered.get(id);
    if (numbers === undefined) {
      numbers = new Set(slots.map((item) => item.slot));
      this.#unordered.set(id, numbers);
    }
    if (numbers.has(slot.slot)) return false;
    numbers.add(slot.slot);
    slots.push(slot);
    return true;
  }

  /** Adds a slot behind all others of its container; `false` when the specification has too many. */
  append(id: number, slot: CapdlSlot): boolean {
    if (this.slotCount >= MAX_SLOTS) return false;
    this.slotCount += 1;
    this.slots[id]?.push(slot);
    if (this.#unordered.size > 0) this.#unordered.get(id)?.add(slot.slot);
    return true;
  }

  /** Puts the slots of every container in order. */
  sortSlots(): void {
    for (const id of this.#unordered.keys()) this.slots[id]?.sort((a, b) => a.slot - b.slot);
  }

  /** Adds a frame of which nothing can be wrong by itself: see `KnownNames`. */
  addPlainFrame(base: number, frame: CapdlFrame): void {
    const id = this.objects.length;
    this.objects.push(frame);
    this.names.push(frame.name);
    this.kinds.push("frame");
    this.used.push(0);
    this.slots.push(undefined);
    this.children.push(undefined);
    this.#single[base] = id;
  }

  #push(object: CapdlObject): number {
    const id = this.objects.length;
    this.suspects.push(id);
    this.objects.push(object);
    this.names.push(object.name);
    this.kinds.push(object.kind);
    this.used.push(0);
    // The arrays are written here, and nowhere else once the model is made.
    this.slots.push("slots" in object ? (object.slots as CapdlSlot[]) : undefined);
    this.children.push(object.kind === "ut" ? (object.children as string[]) : undefined);
    return id;
  }
}
