import type { Spec, SpecObject } from "@cantrip/capdl";
import { RootserverError } from "./rootserver-birth.ts";

/** A mapping of a frame: which table, and which entry. */
function mappingKey(container: string, slot: number): string {
  return `${container}\0${slot}`;
}

/** Slots of the capabilities that the root server made, by object. */
export class CapabilityTable {
  readonly spec: Spec;
  readonly #ids = new Map<string, number>();
  /** First capability of each object. */
  readonly originals: number[] = [];
  /** Further copies, in the order in which they were made. */
  readonly duplicates: number[] = [];
  readonly irqHandlers: Map<string, number> = new Map<string, number>();
  readonly #mappings = new Map<string, number>();

  constructor(spec: Spec) {
    this.spec = spec;
    spec.objects.forEach((object, id) => this.#ids.set(object.name, id));
  }

  idOf(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined)
      throw new RootserverError(`the specification names "${name}", which is no object of it`);
    return id;
  }

  object(name: string): SpecObject {
    const object = this.spec.objects[this.idOf(name)];
    if (object === undefined) throw new RootserverError(`object "${name}" is missing`);
    return object;
  }

  original(name: string): number {
    const slot = this.originals[this.idOf(name)];
    if (slot === undefined) throw new RootserverError(`object "${name}" was not created`);
    return slot;
  }

  /** Remembers which capability maps a frame at an entry. */
  recordMapping(container: string, slot: number, cptr: number): void {
    this.#mappings.set(mappingKey(container, slot), cptr);
  }

  /** The capability that maps an entry. */
  mapping(container: string, slot: number): number | undefined {
    return this.#mappings.get(mappingKey(container, slot));
  }
}
