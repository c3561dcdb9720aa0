const TWO_32 = 2 ** 32;

/** Words of a message that the kernel itself writes, in two halves each. */
export class MessageWords {
  /** Lower halves, unsigned. */
  readonly low: number[] = [];
  /** Upper halves, unsigned; 0 on a 32-bit kernel. */
  readonly high: number[] = [];

  /** @param words - from 0 to 2^53 */
  constructor(...words: readonly number[]) {
    for (const word of words) this.push(word);
  }

  get length(): number {
    return this.low.length;
  }

  /** Adds a word from 0 to 2^53. */
  push(word: number): void {
    this.pushHalves(word, word < TWO_32 ? 0 : Math.floor(word / TWO_32));
  }

  /** Adds a word of two halves, of either sign. */
  pushHalves(low: number, high: number): void {
    this.low.push(low >>> 0);
    this.high.push(high >>> 0);
  }

  clear(): void {
    if (this.low.length === 0) return;
    this.low.length = 0;
    this.high.length = 0;
  }
}
