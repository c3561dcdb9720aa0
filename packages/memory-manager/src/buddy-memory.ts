import type { Task } from "@cantrip/hosted";
import type { MemoryKernel } from "./memory-kernel.ts";

/** A power-of-two piece of memory, with an untyped capability to it in an own slot. */
export interface Block {
  readonly slot: number;
  readonly sizeBits: number;
  /** The block that it is a half of. */
  readonly parent: Block | undefined;
  /** Its halves, while it is split. */
  halves: readonly [Block, Block] | undefined;
  /** Stays split. */
  isPinned: boolean;
  isFree: boolean;
}

/**
 * Free memory as a tree of untypeds: a block is split into two halves when a smaller one is needed, and two free halves
 * become one again at once, by deleting their capabilities.
 *
 * seL4 reuses an untyped from its start when nothing is left of what was made of it. Since only whole halves are ever made
 * of a block, the memory is reusable exactly where it is free, and when everything was given back the tree is what it was.
 */
export class BuddyMemory {
  readonly #kernel: MemoryKernel;
  readonly #untypedType: number;
  /** Free blocks by log2 of their size. */
  readonly #free: Block[][] = Array.from({ length: 32 }, () => []);
  #freeBytes = 0;

  /** @param untypedType - object type number of untypeds */
  constructor(kernel: MemoryKernel, untypedType: number) {
    this.#kernel = kernel;
    this.#untypedType = untypedType;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** The free blocks, largest first. */
  get freeBlocks(): readonly Block[] {
    return this.#free.toReversed().flat();
  }

  /** Adds an untyped that nothing is made of. */
  addRoot(slot: number, sizeBits: number): Block {
    const root = newBlock(slot, sizeBits, undefined);
    this.#putFree(root);
    return root;
  }

  /** Splits a free block for ever until a block of `sizeBits` is there, as far as slots allow. */
  *pin(block: Block, sizeBits: number): Task<void> {
    for (let current = block; current.sizeBits > sizeBits;) {
      this.#takeFree(current);
      const halves = yield* this.#split(current);
      if (halves === undefined) {
        this.#putFree(current);
        return;
      }
      current.isPinned = true;
      halves.forEach((half) => {
        this.#putFree(half);
      });
      current = halves[0];
    }
  }

  /**
   * A block of that size out of the smallest free one that is large enough; `undefined` when there is none. A larger one
   * when there are no slots to split it: that wastes memory rather than to refuse.
   */
  *take(sizeBits: number): Task<Block | undefined> {
    let found = this.#smallestFree(sizeBits);
    if (found === undefined) return undefined;
    this.#takeFree(found);
    while (found.sizeBits > sizeBits) {
      const halves: readonly [Block, Block] | undefined = yield* this.#split(found);
      if (halves === undefined) return found;
      this.#putFree(halves[1]);
      found = halves[0];
    }
    return found;
  }

  /** Gives a block back of which nothing is made any more. */
  *give(block: Block): Task<void> {
    let current = block;
    for (;;) {
      const { parent } = current;
      if (parent?.halves === undefined || parent.isPinned) break;
      const [low, high] = parent.halves;
      const buddy = current === low ? high : low;
      if (!buddy.isFree) break;
      this.#takeFree(buddy);
      parent.halves = undefined;
      yield* this.#kernel.deleteOwn(low.slot);
      yield* this.#kernel.deleteOwn(high.slot);
      this.#kernel.freeSlots(low.slot, 2);
      current = parent;
    }
    this.#putFree(current);
  }

  *#split(block: Block): Task<readonly [Block, Block] | undefined> {
    const slot = this.#kernel.allocSlots(2);
    if (slot === undefined) return undefined;
    const sizeBits = block.sizeBits - 1;
    try {
      yield* this.#kernel.retype(block.slot, {
        type: this.#untypedType,
        sizeBits,
        cnode: undefined,
        offset: slot,
        count: 2,
      });
    } catch (error) {
      this.#kernel.freeSlots(slot, 2);
      throw error;
    }
    block.halves = [newBlock(slot, sizeBits, block), newBlock(slot + 1, sizeBits, block)];
    return block.halves;
  }

  #smallestFree(sizeBits: number): Block | undefined {
    for (let bits = sizeBits; bits < this.#free.length; bits++) {
      const block = this.#free[bits]?.at(-1);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #putFree(block: Block): void {
    block.isFree = true;
    this.#free[block.sizeBits]?.push(block);
    this.#freeBytes += 2 ** block.sizeBits;
  }

  #takeFree(block: Block): void {
    const list = this.#free[block.sizeBits] ?? [];
    list.splice(list.lastIndexOf(block), 1);
    block.isFree = false;
    this.#freeBytes -= 2 ** block.sizeBits;
  }
}

function newBlock(slot: number, sizeBits: number, parent: Block | undefined): Block {
  return { slot, sizeBits, parent, halves: undefined, isPinned: false, isFree: false };
}
