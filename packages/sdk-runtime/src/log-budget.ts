/** Bytes of log that an application may write in {@link LOG_WINDOW_TICKS}; each record costs 32 more than its text. */
export const LOG_BUDGET_BYTES = 8192;
/** One second. */
export const LOG_WINDOW_TICKS = 10_000;
const RECORD_BYTES = 32;

/**
 * What an application may still write to the log. The clock is only read when the budget is used up: an application that
 * logs now and then has all of it, and one that logs without end has it once a second.
 */
export class LogBudget {
  #left = LOG_BUDGET_BYTES;
  #windowBegan = -LOG_WINDOW_TICKS;
  #dropped = 0;

  /** Records that were dropped since the budget was used up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes what a record costs; `false` when there is not enough left. */
  spend(textBytes: number): boolean {
    const cost = textBytes + RECORD_BYTES;
    // What was dropped comes first, so that the line about it stands in the right place.
    if (this.#dropped > 0 || cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  /** A new window begins, when the last one is over. @param now - ticks */
  renew(now: number): boolean {
    if (now - this.#windowBegan < LOG_WINDOW_TICKS) return false;
    this.#windowBegan = now;
    this.#left = LOG_BUDGET_BYTES;
    return true;
  }

  /** Ticks at which the next window may begin. */
  get nextWindow(): number {
    return this.#windowBegan + LOG_WINDOW_TICKS;
  }

  drop(): void {
    this.#dropped++;
  }

  /** How many were dropped, which are told with it. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
