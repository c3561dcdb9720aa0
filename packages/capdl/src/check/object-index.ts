import {
  type CapdlContainer,
  type CapdlKind,
  type CapdlObject,
  type CapdlSlot,
  hasSlots,
} from "../model.ts";

/** What a parser knows of its objects: that each name is valid and belongs to one of them, and to which. */
export interface KnownNames {
  /** Names and kinds of the objects, in their order. */
  readonly names: readonly string[];
  readonly kinds: readonly CapdlKind[];

  /**
   * Indices of the objects that are more than frames of a page without an address, with a fill from a file inside the page
   * or none: there is nothing wrong with those by themselves.
   */
  readonly suspects: readonly number[];
  /** 1 for each object that a plain slot names. */
  readonly used: ArrayLike<number>;
  /**
   * How many of the first slots of a page table are plain: frames with rights and nothing else, in ascending slots. Only
   * the last one's number can be wrong.
   */
  readonly plainSlots: ReadonlyMap<readonly CapdlSlot[], number>;
  /** Index of the object of a name, or -1. */
  indexOf(name: string): number;
}

/** Whether an object has slots; frames are told at once. */
export function isContainer(object: CapdlObject): object is CapdlContainer {
  return object.kind !== "frame" && hasSlots(object);
}

/** Objects by name, and which of them something refers to. */
export class ObjectIndex {
  /** The objects' kinds: one kind of value, where objects have many shapes. */
  readonly kinds: readonly CapdlKind[];
  readonly #names: readonly string[];
  /** The objects of which something may be wrong by themselves. */
  readonly suspects: readonly CapdlObject[];
  /** The objects that have slots. */
  readonly containers: readonly CapdlContainer[];
  readonly #objects: readonly CapdlObject[];
  readonly #ids = new Map<string, number>();
  readonly #known: KnownNames | undefined;
  readonly #used: Uint8Array;
  /** Of the object that was found last: a specification names neighbours one after the other. */
  #last = -1;

  /** @param known - makes {@link add} needless */
  constructor(objects: readonly CapdlObject[], known?: KnownNames) {
    this.#objects = objects;
    this.#known = known;
    this.kinds = known?.kinds ?? objects.map(({ kind }) => kind);
    this.#names = known?.names ?? [];
    this.#used = known === undefined ? new Uint8Array(objects.length) : Uint8Array.from(known.used);
    this.suspects =
      known?.suspects.flatMap((index) => {
        const object = objects[index];
        return object === undefined ? [] : [object];
      }) ?? objects;
    this.containers = this.suspects.filter(isContainer);
  }

  /** Adds the object at an index; `false` if there is one of its name, which stays. */
  add(index: number, name: string): boolean {
    if (this.#ids.has(name)) return false;
    this.#ids.set(name, index);
    return true;
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  get(name: string): CapdlObject | undefined {
    return this.#objects[this.#find(name)];
  }

  /** Index of the object of a name, to which something refers from now on; -1 if there is none. */
  use(name: string): number {
    const id = this.#find(name);
    if (id >= 0) this.#used[id] = 1;
    return id;
  }

  /** The object at an index that {@link use} returned. */
  at(index: number): CapdlObject | undefined {
    return this.#objects[index];
  }

  /** Whether a page table holds nothing but plain slots below a limit. */
  isPlain({ slots }: CapdlContainer, limit: number): boolean {
    const count = this.#known?.plainSlots.get(slots);
    return count !== undefined && count === slots.length && (slots.at(-1)?.slot ?? 0) < limit;
  }

  isUsed(index: number): boolean {
    return this.#used[index] === 1;
  }

  #find(name: string): number {
    if (this.#known === undefined) return this.#ids.get(name) ?? -1;
    const next = this.#last + 1;
    const isNext = next < this.#names.length && this.#names[next] === name;
    const id = isNext ? next : this.#known.indexOf(name);
    this.#last = id;
    return id;
  }
}
