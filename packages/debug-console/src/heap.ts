import type { UserContext } from "@cantrip/hosted";

const WORD_BYTES = 4;

/** Words in the memory that a component holds for the heap of its original, handed out from its start. */
export class WordHeap {
  readonly #context: UserContext;
  readonly #end: number;
  #free: number;

  /** @param place - 4-aligned address and bytes */
  constructor(
    context: UserContext,
    place: { readonly address: number; readonly size: number } = { address: 0, size: 0 },
  ) {
    this.#context = context;
    this.#free = place.address;
    this.#end = place.address + place.size;
  }

  /** Address of so many fresh words; `undefined` when there are not as many left. */
  alloc(words: number): number | undefined {
    const address = this.#free;
    if (words * WORD_BYTES > this.#end - address) return undefined;
    this.#free += words * WORD_BYTES;
    return address;
  }

  get(address: number, index = 0): number {
    return this.#context.load32(address + index * WORD_BYTES);
  }
  set(address: number, value: number, index = 0): void {
    this.#context.store32(address + index * WORD_BYTES, value);
  }
}
