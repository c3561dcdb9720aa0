import type { Task } from "@cantrip/hosted";
import { CapRights, type CPath, type SeL4 } from "@cantrip/sel4-sys";
import type { SlotAllocator } from "./slot-allocator.ts";

/** Depth at which the slots of a component's own CSpace resolve. */
export const TOP_LEVEL_DEPTH = 32;

/** What slots come from. */
export interface SlotOwner {
  readonly slots: SlotAllocator;
  /** The component's own CNode. */
  readonly selfCNode: number;
}

/** There is no free slot. */
export class OutOfSlotsError extends Error {
  override readonly name = "OutOfSlotsError";
}

/** A slot of the component's CSpace that somebody owns. Corresponds to `CSpaceSlot`. */
export class CSpaceSlot {
  readonly slot: number;
  readonly #owner: SlotOwner;
  readonly #sel4: SeL4;
  #isOwned = true;

  /** @throws OutOfSlotsError */
  constructor(sel4: SeL4, owner: SlotOwner) {
    const slot = owner.slots.alloc();
    if (slot === undefined) throw new OutOfSlotsError("no free slot");
    this.slot = slot;
    this.#owner = owner;
    this.#sel4 = sel4;
  }

  get path(): CPath {
    return { root: this.#owner.selfCNode, index: this.slot, depth: TOP_LEVEL_DEPTH };
  }

  /** Stops owning: the slot stays allocated and its capability where it is. */
  release(): number {
    this.#isOwned = false;
    return this.slot;
  }

  /** Copies a capability into this slot with all its rights. */
  dupTo(source: CPath): Task<void> {
    return this.#sel4.cnode.copy(this.path, source, CapRights.All);
  }
  copyTo(source: CPath, rights: number): Task<void> {
    return this.#sel4.cnode.copy(this.path, source, rights);
  }
  mintTo(source: CPath, rights: number, badge: number): Task<void> {
    return this.#sel4.cnode.mint(this.path, source, rights, badge);
  }
  /** Moves a capability into this slot. */
  moveTo(source: CPath): Task<void> {
    return this.#sel4.cnode.move(this.path, source);
  }
  /** Moves the capability of this slot away. */
  moveFrom(destination: CPath): Task<void> {
    return this.#sel4.cnode.move(destination, this.path);
  }
  /** Deletes the capability; the slot stays owned. */
  delete(): Task<void> {
    return this.#sel4.cnode.delete(this.path);
  }

  /** Deletes the capability and gives the slot back, if it is still owned. */
  *drop(): Task<void> {
    if (!this.#isOwned) return;
    this.#isOwned = false;
    yield* this.#sel4.cnode.delete(this.path);
    this.#owner.slots.free(this.slot);
  }
}
