import { type CapdlObject } from "../model.ts";

/** Objects by name, and which of them something refers to. */
export class ObjectIndex {
  readonly #objects: readonly CapdlObject[];
  readonly #ids = new Map<string, number>();
  readonly #used: Uint8Array;

  constructor(objects: readonly CapdlObject[]) {
    this.#objects = objects;
    this.#used = new Uint8Array(objects.length);
  }

  /** Adds the object at an index; `false` if there is one of its name, which stays. */
  add(index: number, name: string): boolean {
    if (this.#ids.has(name)) return false;
    this.#ids.set(name, index);
    return true;
  }

  has(name: string): boolean {
    return this.#ids.has(name);
  }

  get(name: string): CapdlObject | undefined {
    const id = this.#ids.get(name);
    return id === undefined ? undefined : this.#objects[id];
  }

  /** The object of a name, to which something refers from now on. */
  use(name: string): CapdlObject | undefined {
    const id = this.#ids.get(name);
    if (id === undefined) return undefined;
    this.#used[id] = 1;
    return this.#objects[id];
  }

  isUsed(index: number): boolean {
    return this.#used[index] === 1;
  }
}
