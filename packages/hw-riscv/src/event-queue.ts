/** A planned action; keep it to cancel it. */
export interface ScheduledEvent {
  /** Virtual time in cycles. */
  readonly at: number;
}

interface QueuedEvent extends ScheduledEvent {
  readonly sequence: number;
  readonly action: () => void;
}

/** Actions ordered by virtual time, and by order of planning where times are equal. */
export class EventQueue {
  readonly #events: QueuedEvent[] = [];
  #sequence = 0;

  /** Time of the next action, or `Infinity`. */
  get next(): number {
    return this.#events[0]?.at ?? Infinity;
  }

  add(at: number, action: () => void): ScheduledEvent {
    const event: QueuedEvent = { at, sequence: this.#sequence++, action };
    // Few events are pending at a time: an ordered array is enough.
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > at) index--;
    this.#events.splice(index, 0, event);
    return event;
  }

  cancel(event: ScheduledEvent): void {
    const index = this.#events.indexOf(event as QueuedEvent);
    if (index >= 0) this.#events.splice(index, 1);
  }

  /** Runs every action that is due, in order; actions may plan more. */
  runDue(now: number): void {
    while (this.next <= now) this.#events.shift()?.action();
  }
}
