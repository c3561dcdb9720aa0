const TWO_32 = 0x1_0000_0000;

/**
 * Distance of a 64-bit counter from the count that drives it, modulo 2^64.
 *
 * Counts are exact up to 2^53, but a guest may write any 64 bits into its counter: the sum is made of two halves.
 */
export class CounterOffset {
  /** Halves of the distance, unsigned. */
  #low = 0;
  #high = 0;

  /** Low half of the counter at a count, signed. */
  low(count: number): number {
    return (this.#low + (count >>> 0)) | 0;
  }

  /** High half of the counter at a count, signed. */
  high(count: number): number {
    const carry = this.#low + (count >>> 0) >= TWO_32 ? 1 : 0;
    return (this.#high + Math.floor(count / TWO_32) + carry) | 0;
  }

  /**
   * Makes the counter, as it was at one count, have another low half at a later one.
   *
   * @param next - count at which the counter has the new value
   * @param current - count at which the high half is taken
   */
  setLow(next: number, current: number, value: number): void {
    this.#set(next, value, this.high(current));
  }

  /** The same for the high half. */
  setHigh(next: number, current: number, value: number): void {
    this.#set(next, this.low(current), value);
  }

  #set(count: number, low: number, high: number): void {
    const difference = (low >>> 0) - (count >>> 0);
    const borrow = difference < 0 ? 1 : 0;
    this.#low = difference >>> 0;
    this.#high = (high - Math.floor(count / TWO_32) - borrow) >>> 0;
  }
}
