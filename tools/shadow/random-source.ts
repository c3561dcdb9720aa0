/** Numbers that look random and are the same for a seed everywhere (mulberry32). */
export class RandomSource {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 32 bits, unsigned. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 0;
  }

  /** 0 up to, and without, a limit. */
  below(limit: number): number {
    return this.word() % limit;
  }

  /** True once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** @throws RangeError when there is nothing to choose from */
  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(Math.max(choices.length, 1))];
    if (choice === undefined) throw new RangeError("nothing to choose from");
    return choice;
  }
}
