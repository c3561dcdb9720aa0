/** Allocates runs of free slots of a CSpace, first fit. Corresponds to `CantripSlotAllocator`. */
export class SlotAllocator {
  readonly #used: Uint8Array;
  /** Slot number of the first slot. */
  readonly baseSlot: number;
  #usedSlots = 0;
  /** No slot below this one is free. */
  #hint = 0;

  /** @param end - the slot after the last one */
  constructor(baseSlot: number, end: number) {
    this.baseSlot = baseSlot;
    this.#used = new Uint8Array(Math.max(0, end - baseSlot));
  }

  get totalSlots(): number {
    return this.#used.length;
  }
  get usedSlots(): number {
    return this.#usedSlots;
  }
  get freeSlots(): number {
    return this.#used.length - this.#usedSlots;
  }

  /** First of `count` consecutive free slots, or `undefined`. */
  alloc(count = 1): number | undefined {
    if (count < 1 || count > this.freeSlots) return undefined;
    const used = this.#used;
    let run = 0;
    for (let index = this.#hint; index < used.length; index++) {
      run = used[index] === 0 ? run + 1 : 0;
      if (run < count) continue;
      const first = index - count + 1;
      used.fill(1, first, index + 1);
      this.#usedSlots += count;
      if (first === this.#hint) this.#hint = index + 1;
      return this.baseSlot + first;
    }
    return undefined;
  }

  /**
   * Gives slots back.
   *
   * @throws RangeError for slots that are not allocated
   */
  free(first: number, count = 1): void {
    const index = first - this.baseSlot;
    for (let at = index; at < index + count; at++) {
      if (this.#used[at] !== 1) throw new RangeError(`slot ${this.baseSlot + at} is not allocated`);
    }
    this.#used.fill(0, index, index + count);
    this.#usedSlots -= count;
    this.#hint = Math.min(this.#hint, index);
  }
}
