/** Numbers that look random and are the same in every run (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Seeds that differ in one bit must not begin alike; 0 would stay 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let round = 0; round < 8; round++) this.bits();
  }

  /** 32 bits, signed. */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x;
  }

  /** A whole number from 0 up to, and without, a limit. */
  below(limit: number): number {
    return ((this.bits() >>> 1) % limit) | 0;
  }

  /** `true` once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new RangeError("nothing to choose from");
    return chosen;
  }

  /** The same list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let index = result.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      const a = result[index];
      const b = result[other];
      if (a === undefined || b === undefined) continue;
      result[index] = b;
      result[other] = a;
    }
    return result;
  }
}
