/** The least share of operations that must succeed: a property over refusals alone says nothing. */
const LEAST_SUCCESSES = 0.3;

/**
 * What became of the operations of a random test. Count each one while the test runs, and call
 * {@link FuzzReport.finish} at its end.
 */
export class FuzzReport {
  readonly #name: string;
  readonly #refused = new Map<string, number>();
  #succeeded = 0;

  /** @param name - What is tested, as the line begins. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Operations that did what they were made for. */
  succeeded(count = 1): void {
    this.#succeeded += count;
  }

  /** Operations that the code under test refused. */
  refused(why: string, count = 1): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + count);
  }

  /** Counts a success where there is no reason of a refusal. */
  count(refusal: string | undefined): void {
    if (refusal === undefined) this.succeeded();
    else this.refused(refusal);
  }

  /** How many were refused for this reason, or for any. */
  refusals(why?: string): number {
    if (why !== undefined) return this.#refused.get(why) ?? 0;
    return [...this.#refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Operations so far. */
  get total(): number {
    return this.#succeeded + this.refusals();
  }

  /** `elf reader: 1,234 of 2,000 operations succeeded (61 %); refused: 700 truncated, 66 bad-magic`. */
  get line(): string {
    const share = this.total === 0 ? 0 : Math.floor((100 * this.#succeeded) / this.total);
    const reasons = [...this.#refused].sort(([, a], [, b]) => b - a);
    const refused = reasons.map(([why, count]) => `${grouped(count)} ${why}`).join(", ");
    return (
      `${this.#name}: ${grouped(this.#succeeded)} of ${grouped(this.total)} operations succeeded ` +
      `(${share} %)${refused === "" ? "" : `; refused: ${refused}`}`
    );
  }

  /**
   * Prints the line.
   * @throws Error when less than {@link LEAST_SUCCESSES} of the operations succeeded.
   */
  finish(print: (line: string) => void = console.log): void {
    print(this.line);
    if (this.total === 0 || this.#succeeded < this.total * LEAST_SUCCESSES)
      throw new Error(`fewer than ${LEAST_SUCCESSES * 100} % succeeded: ${this.line}`);
  }
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
