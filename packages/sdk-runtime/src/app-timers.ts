/** A running timer of an application. */
interface RunningTimer {
  readonly badge: number;
  readonly id: number;
  /** Ticks at which it expires. */
  deadline: number;
  /** Ticks between two expiries; `undefined` for a oneshot. */
  readonly period: number | undefined;
  /** Orders timers of one deadline: first come, first served. */
  readonly sequence: number;
  /** Place in the heap. */
  place: number;
}

/** The timers of one application. */
interface Owned {
  readonly running: Map<number, RunningTimer>;
  /** Those that expired and that it was not told of yet. */
  mask: number;
}

/** A timer that expired. */
export interface Expiry {
  readonly badge: number;
  readonly id: number;
}

/**
 * The timers of all applications over one alarm. Each application has ids of its own, and as many timers as there are
 * ids, however many the others have. A periodic timer expires at multiples of its period from its start.
 *
 * Ids are 0 to 31; of those that expired, a mask is kept for each application.
 */
export class AppTimers {
  readonly #owners = new Map<number, Owned>();
  /** A binary heap, the next to expire first. */
  readonly #heap: RunningTimer[] = [];
  #sequence = 0;

  /** Timers that run. */
  get size(): number {
    return this.#heap.length;
  }

  /** Ticks at which the next timer expires. */
  get nextDeadline(): number | undefined {
    return this.#heap[0]?.deadline;
  }

  /** Applications that have timers, or were not told of all that expired. */
  get owners(): number {
    return this.#owners.size;
  }

  /**
   * Starts a timer; `false` when the application has one of this id that runs.
   *
   * @param deadline - ticks
   * @param period - ticks, at least 1; `undefined` for a oneshot
   */
  start(badge: number, id: number, deadline: number, period?: number): boolean {
    let owned = this.#owners.get(badge);
    if (owned?.running.has(id) === true) return false;
    if (owned === undefined) this.#owners.set(badge, (owned = { running: new Map(), mask: 0 }));
    const sequence = this.#sequence++;
    const timer = { badge, id, deadline, period, sequence, place: this.#heap.length };
    owned.running.set(id, timer);
    this.#heap.push(timer);
    this.#siftUp(timer);
    return true;
  }

  /** Stops a timer; `false` when it does not run. That it has expired before is still told. */
  cancel(badge: number, id: number): boolean {
    const owned = this.#owners.get(badge);
    const timer = owned?.running.get(id);
    if (owned === undefined || timer === undefined) return false;
    owned.running.delete(id);
    this.#remove(timer);
    this.#forgetIdle(badge, owned);
    return true;
  }

  /** Whether the timer runs. */
  isRunning(badge: number, id: number): boolean {
    return this.#owners.get(badge)?.running.has(id) === true;
  }

  /** Whether there is something to wait for: a timer that runs. */
  hasRunning(badge: number): boolean {
    const running = this.#owners.get(badge)?.running;
    return running !== undefined && running.size > 0;
  }

  /** The mask of timers that expired, which are told with it. */
  take(badge: number): number {
    const owned = this.#owners.get(badge);
    if (owned === undefined) return 0;
    const { mask } = owned;
    owned.mask = 0;
    this.#forgetIdle(badge, owned);
    return mask;
  }

  /**
   * Lets the timers expire whose deadline has come, in the order of their deadlines. A periodic timer that is late by
   * several periods expires once.
   *
   * @param now - ticks
   */
  expire(now: number): readonly Expiry[] {
    const expired: Expiry[] = [];
    for (let timer = this.#heap[0]; timer !== undefined; timer = this.#heap[0]) {
      if (timer.deadline > now) break;
      const { badge, id, period } = timer;
      const owned = this.#owners.get(badge);
      if (owned !== undefined) owned.mask = (owned.mask | (1 << id)) >>> 0;
      expired.push({ badge, id });
      if (period === undefined) {
        this.#remove(timer);
        owned?.running.delete(id);
      } else {
        timer.deadline += (Math.floor((now - timer.deadline) / period) + 1) * period;
        this.#siftDown(timer);
      }
    }
    return expired;
  }

  /** The application is gone, and its timers with it. */
  release(badge: number): void {
    const owned = this.#owners.get(badge);
    if (owned === undefined) return;
    for (const timer of owned.running.values()) this.#remove(timer);
    this.#owners.delete(badge);
  }

  #forgetIdle(badge: number, owned: Owned): void {
    if (owned.running.size === 0 && owned.mask === 0) this.#owners.delete(badge);
  }

  #remove(timer: RunningTimer): void {
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#put(last, timer.place);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  #put(timer: RunningTimer, place: number): void {
    this.#heap[place] = timer;
    timer.place = place;
  }

  #siftUp(timer: RunningTimer): void {
    while (timer.place > 0) {
      const { place } = timer;
      const parent = this.#heap[(place - 1) >>> 1];
      if (parent === undefined || !isBefore(timer, parent)) return;
      const above = parent.place;
      this.#put(parent, place);
      this.#put(timer, above);
    }
  }

  #siftDown(timer: RunningTimer): void {
    for (;;) {
      const { place } = timer;
      const left = this.#heap[place * 2 + 1];
      if (left === undefined) return;
      const right = this.#heap[place * 2 + 2];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, timer)) return;
      const below = child.place;
      this.#put(child, place);
      this.#put(timer, below);
    }
  }
}

function isBefore(a: RunningTimer, b: RunningTimer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.sequence < b.sequence);
}
