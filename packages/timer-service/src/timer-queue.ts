/** A running timer. */
export interface TimerEvent {
  readonly client: number;
  readonly timerId: number;
  /** Ticks at which it expires. */
  deadline: number;
  /** Ticks between two expiries; `undefined` for a oneshot. */
  readonly period: number | undefined;
  /** Orders events of one deadline: first come, first served. */
  readonly sequence: number;
}

/** Binary heap of events, the next to expire first. */
export class TimerQueue {
  readonly #heap: TimerEvent[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get first(): TimerEvent | undefined {
    return this.#heap[0];
  }

  find(client: number, timerId: number): TimerEvent | undefined {
    return this.#heap.find((event) => event.client === client && event.timerId === timerId);
  }

  add(event: TimerEvent): void {
    this.#heap.push(event);
    this.#siftUp(this.#heap.length - 1);
  }

  remove(event: TimerEvent): void {
    const index = this.#heap.indexOf(event);
    if (index < 0) return;
    const last = this.#heap.pop();
    if (last === undefined || last === event) return;
    this.#heap[index] = last;
    this.#siftUp(index);
    this.#siftDown(index);
  }

  #siftUp(start: number): void {
    for (let index = start; index > 0;) {
      const parent = (index - 1) >>> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(start: number): void {
    for (let index = start; ;) {
      const left = index * 2 + 1;
      const next = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(next, index)) return;
      index = next;
    }
  }

  #isBefore(index: number, other: number): boolean {
    const a = this.#heap[index];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    return a.deadline < b.deadline || (a.deadline === b.deadline && a.sequence < b.sequence);
  }

  #swapIfBefore(index: number, other: number): boolean {
    const a = this.#heap[index];
    const b = this.#heap[other];
    if (a === undefined || b === undefined || !this.#isBefore(index, other)) return false;
    this.#heap[index] = b;
    this.#heap[other] = a;
    return true;
  }
}
