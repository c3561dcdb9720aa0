import { TIMERS_PER_CLIENT, TimerServiceError } from "@cantrip/interfaces/timer";
import { type HardwareTimer, TimerFailure } from "@cantrip/timer-service";

/** What tests of defects need of a manager. */
export interface TestedTimerManager {
  addOneshot(timer: HardwareTimer, client: number, timerId: number, durationMs: number): void;
  addPeriodic(timer: HardwareTimer, client: number, timerId: number, periodMs: number): void;
  cancel(timer: HardwareTimer, client: number, timerId: number): void;
  completedTimers(client: number): number;
  serviceInterrupt(timer: HardwareTimer): readonly number[];
}

/** The original stops: Rust's `panic!`. */
export class Panic extends Error {
  override readonly name = "Panic";
}

interface Event {
  readonly client: number;
  readonly timerId: number;
  readonly period: number | undefined;
}

const CLIENTS = 4;

/** A mutant: timers are handled as CantripOS's `timer_manager.rs` does, with its defects. */
export class OriginalTimerManager implements TestedTimerManager {
  /** `BTreeMap<Ticks, Event>`: one event for each deadline. */
  readonly #events = new Map<number, Event>();
  /** `timer_state`, by client less 1. */
  readonly #completed = new Uint32Array(CLIENTS);

  addOneshot(timer: HardwareTimer, client: number, timerId: number, durationMs: number): void {
    this.#add(timer, { client, timerId, period: undefined }, durationMs * timer.ticksPerMs);
  }

  addPeriodic(timer: HardwareTimer, client: number, timerId: number, periodMs: number): void {
    const period = periodMs * timer.ticksPerMs;
    this.#add(timer, { client, timerId, period }, period);
  }

  /** The alarm stays as it was. */
  cancel(_timer: HardwareTimer, client: number, timerId: number): void {
    checkRange(client, timerId);
    for (const [deadline, event] of this.#events) {
      if (event.client !== client || event.timerId !== timerId) continue;
      this.#events.delete(deadline);
      return;
    }
    throw new TimerFailure(TimerServiceError.NoSuchTimer, "no such timer");
  }

  completedTimers(client: number): number {
    if (client >= CLIENTS) throw new TimerFailure(TimerServiceError.NoSuchTimer, "client");
    const index = indexOf(client);
    const mask = this.#completed[index] ?? 0;
    this.#completed[index] = 0;
    return mask;
  }

  serviceInterrupt(timer: HardwareTimer): readonly number[] {
    timer.acknowledge();
    const clients: number[] = [];
    for (;;) {
      const first = this.#first;
      if (first === undefined || first > timer.now()) break;
      const event = this.#events.get(first);
      this.#events.delete(first);
      if (event === undefined) break;
      const index = indexOf(event.client);
      this.#completed[index] = (this.#completed[index] ?? 0) | (1 << event.timerId);
      clients.push(event.client);
      // The next period begins when this one was served.
      if (event.period !== undefined) this.#events.set(timer.now() + event.period, event);
      if (clients.length > 1000) throw new Panic("it never ends");
    }
    this.#arm(timer);
    return clients;
  }

  #add(timer: HardwareTimer, event: Event, ticks: number): void {
    checkRange(event.client, event.timerId);
    for (const { client, timerId } of this.#events.values()) {
      if (client === event.client && timerId === event.timerId)
        throw new TimerFailure(TimerServiceError.TimerAlreadyExists, "it runs");
    }
    this.#events.set(timer.now() + ticks, event);
    this.#arm(timer);
  }

  get #first(): number | undefined {
    return this.#events.size === 0 ? undefined : Math.min(...this.#events.keys());
  }

  #arm(timer: HardwareTimer): void {
    const first = this.#first;
    if (first !== undefined) timer.setAlarm(first);
  }
}

/** Clients 0 to 3 are let through, though badges are 1 to 4. */
function checkRange(client: number, timerId: number): void {
  if (client >= CLIENTS || timerId >= TIMERS_PER_CLIENT)
    throw new TimerFailure(TimerServiceError.NoSuchTimer, "out of range");
}

function indexOf(client: number): number {
  if (client === 0) throw new Panic("attempt to subtract with overflow");
  return client - 1;
}
