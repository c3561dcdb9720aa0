import { powerOfTwo } from "@cantrip/sel4-config";
import type { Task } from "@cantrip/hosted";
import type { MemoryLifetime } from "@cantrip/interfaces/memory";
import type { MemoryKernel } from "./memory-kernel.ts";

/** log2 of the bytes of an arena. Larger blocks are of none. */
export const ARENA_BITS = 16;

/** Whose objects a piece of memory is for. */
type Arena = MemoryLifetime | "any";
const ARENAS: readonly Arena[] = ["any", "Short", "Medium", "Static"];

/** A power-of-two piece of memory, with an untyped capability to it in an own slot. */
export interface Block {
  readonly slot: number;
  readonly sizeBits: number;
  /** Physical address, where it was said. */
  readonly start: number;
  /** The lifetime for which the arena was opened that it is a part of. */
  readonly arena: Arena;
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
 *
 * Small blocks are taken out of arenas of 64 KiB, each for one lifetime, so that what stays long does not keep apart
 * what comes and goes. An arena that is free again is for anyone. Rather than to refuse, one lifetime takes of another's.
 */
export class BuddyMemory {
  readonly #kernel: MemoryKernel;
  readonly #untypedType: number;
  /** Free blocks by arena and log2 of their size. */
  readonly #free: Readonly<Record<Arena, Block[][]>> = {
    any: newLists(),
    Short: newLists(),
    Medium: newLists(),
    Static: newLists(),
  };
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
    return ARENAS.flatMap((arena) => this.#free[arena].flat()).sort(
      (a, b) => b.sizeBits - a.sizeBits,
    );
  }

  /** Adds an untyped that nothing is made of. */
  addRoot(slot: number, sizeBits: number, start = 0): Block {
    const root = newBlock(slot, sizeBits, start, undefined, "any");
    this.#putFree(root);
    return root;
  }

  /** Splits a free block for ever until a block of `sizeBits` is there, as far as slots allow. */
  *pin(block: Block, sizeBits: number): Task<void> {
    for (let current = block; current.sizeBits > sizeBits;) {
      this.#takeFree(current);
      const halves = yield* this.#split(current, "any");
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
  *take(sizeBits: number, lifetime: MemoryLifetime): Task<Block | undefined> {
    let found = this.#smallestFree(sizeBits, lifetime);
    for (const arena of ARENAS) found ??= this.#smallestFree(sizeBits, arena);
    if (found === undefined) return undefined;
    this.#takeFree(found);
    while (found.sizeBits > sizeBits) {
      const halves: readonly [Block, Block] | undefined = yield* this.#split(found, lifetime);
      if (halves === undefined) return found;
      this.#putFree(halves[1]);
      found = halves[0];
    }
    return found;
  }

  /**
   * The block of that size at a physical address; `undefined` when it is not free, and when there are no slots to get
   * at it.
   *
   * @param start - a multiple of the block's size
   */
  *takeAt(start: number, sizeBits: number): Task<Block | undefined> {
    const end = start + powerOfTwo(sizeBits);
    let found = this.#free.any
      .flat()
      .find((block) => block.start <= start && end <= block.start + powerOfTwo(block.sizeBits));
    if (found === undefined) return undefined;
    this.#takeFree(found);
    while (found.sizeBits > sizeBits) {
      const halves: readonly [Block, Block] | undefined = yield* this.#split(found, "any");
      if (halves === undefined) {
        yield* this.give(found);
        return undefined;
      }
      const isHigh: boolean = start >= halves[1].start;
      this.#putFree(halves[isHigh ? 0 : 1]);
      found = halves[isHigh ? 1 : 0];
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

  *#split(block: Block, lifetime: Arena): Task<readonly [Block, Block] | undefined> {
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
    const { start, arena } = block;
    // A block up to the size of an arena becomes one when it is first split.
    const inside = arena === "any" && sizeBits < ARENA_BITS ? lifetime : arena;
    block.halves = [
      newBlock(slot, sizeBits, start, block, inside),
      newBlock(slot + 1, sizeBits, start + powerOfTwo(sizeBits), block, inside),
    ];
    return block.halves;
  }

  #smallestFree(sizeBits: number, arena: Arena): Block | undefined {
    const lists = this.#free[arena];
    for (let bits = sizeBits; bits < lists.length; bits++) {
      const block = lists[bits]?.at(-1);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #putFree(block: Block): void {
    block.isFree = true;
    this.#free[block.arena][block.sizeBits]?.push(block);
    this.#freeBytes += powerOfTwo(block.sizeBits);
  }

  #takeFree(block: Block): void {
    const list = this.#free[block.arena][block.sizeBits] ?? [];
    // Nearly always it is the one that came last.
    if (list.at(-1) === block) list.pop();
    else list.splice(list.lastIndexOf(block), 1);
    block.isFree = false;
    this.#freeBytes -= powerOfTwo(block.sizeBits);
  }
}

function newBlock(
  slot: number,
  sizeBits: number,
  start: number,
  parent: Block | undefined,
  arena: Arena,
): Block {
  return {
    slot,
    sizeBits,
    start,
    arena,
    parent,
    halves: undefined,
    isPinned: false,
    isFree: false,
  };
}

function newLists(): Block[][] {
  return Array.from({ length: 32 }, () => []);
}
