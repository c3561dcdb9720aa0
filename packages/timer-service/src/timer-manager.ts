import { TIMERS_PER_CLIENT, TimerServiceError } from "@cantrip/interfaces/timer";
import type { HardwareTimer } from "./hardware-timer.ts";
import { TimerQueue } from "./timer-queue.ts";

/** The timer service refuses a request. */
export class TimerFailure extends Error {
  override readonly name = "TimerFailure";
  readonly code: TimerServiceError;
  constructor(code: TimerServiceError, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Timers of several clients over one hardware alarm. A client is known by its badge, 1 and up, and has 32 timers.
 *
 * The hardware is a parameter, since each thread reaches it through its own context. Corresponds to `TimerManager`.
 */
export class TimerManager {
  /** Mask of completed timers, by badge. */
  readonly #completed: Uint32Array;
  readonly #queue = new TimerQueue();
  #sequence = 0;

  /** @param clients - greatest badge */
  constructor(clients: number) {
    this.#completed = new Uint32Array(clients + 1);
  }

  /** Timers that run. */
  get size(): number {
    return this.#queue.size;
  }

  /** Starts a timer that expires once. @throws TimerFailure */
  addOneshot(timer: HardwareTimer, client: number, timerId: number, durationMs: number): void {
    this.#add(timer, client, timerId, durationMs, false);
  }

  /**
   * Starts a timer that expires again and again, at multiples of its period from now: being late does not shift it.
   *
   * @param periodMs - at least 1
   * @throws TimerFailure
   */
  addPeriodic(timer: HardwareTimer, client: number, timerId: number, periodMs: number): void {
    if (periodMs < 1) {
      throw new TimerFailure(TimerServiceError.UnknownError, "a period of no time");
    }
    this.#add(timer, client, timerId, periodMs, true);
  }

  /**
   * Starts a timer that expires once, when the clock reaches `deadline`, in place of one of that id that is running.
   *
   * @param deadline - ticks
   * @throws TimerFailure `NoSuchTimer`
   */
  addAt(timer: HardwareTimer, client: number, timerId: number, deadline: number): void {
    this.#checkClient(client);
    if (timerId >= TIMERS_PER_CLIENT) throw noSuchTimer(client, timerId);
    const running = this.#queue.find(client, timerId);
    if (running !== undefined) this.#queue.remove(running);
    const sequence = this.#sequence++;
    this.#queue.add({ client, timerId, deadline, period: undefined, sequence });
    this.#arm(timer);
  }

  /** Stops a timer. That it has expired before is still reported. @throws TimerFailure `NoSuchTimer` */
  cancel(timer: HardwareTimer, client: number, timerId: number): void {
    this.#checkClient(client);
    const event = this.#queue.find(client, timerId);
    if (event === undefined) throw noSuchTimer(client, timerId);
    this.#queue.remove(event);
    this.#arm(timer);
  }

  /** Bit mask of the client's timers that expired since it last asked. @throws TimerFailure `NoSuchTimer` */
  completedTimers(client: number): number {
    this.#checkClient(client);
    const mask = this.#completed[client] ?? 0;
    this.#completed[client] = 0;
    return mask;
  }

  /**
   * Handles the hardware's interrupt.
   *
   * @returns badges of the clients that have new completed timers, in the order of expiry
   */
  serviceInterrupt(timer: HardwareTimer): readonly number[] {
    timer.acknowledge();
    const clients = new Set<number>();
    const now = timer.now();
    for (let event = this.#queue.first; event !== undefined; event = this.#queue.first) {
      if (event.deadline > now) break;
      this.#queue.remove(event);
      const mask = this.#completed[event.client] ?? 0;
      this.#completed[event.client] = mask | (1 << event.timerId);
      clients.add(event.client);
      const { period } = event;
      if (period === undefined) continue;
      const periods = Math.floor((now - event.deadline) / period) + 1;
      this.#queue.add({ ...event, deadline: event.deadline + periods * period });
    }
    this.#arm(timer);
    return [...clients];
  }

  #add(
    timer: HardwareTimer,
    client: number,
    timerId: number,
    durationMs: number,
    isPeriodic: boolean,
  ): void {
    this.#checkClient(client);
    if (timerId >= TIMERS_PER_CLIENT) throw noSuchTimer(client, timerId);
    if (this.#queue.find(client, timerId) !== undefined) {
      throw new TimerFailure(
        TimerServiceError.TimerAlreadyExists,
        `timer ${timerId} of client ${client} is running`,
      );
    }
    const ticks = durationMs * timer.ticksPerMs;
    this.#queue.add({
      client,
      timerId,
      deadline: timer.now() + ticks,
      period: isPeriodic ? ticks : undefined,
      sequence: this.#sequence++,
    });
    this.#arm(timer);
  }

  #arm(timer: HardwareTimer): void {
    const { first } = this.#queue;
    if (first === undefined) timer.acknowledge();
    else timer.setAlarm(first.deadline);
  }

  #checkClient(client: number): void {
    if (client < 1 || client >= this.#completed.length) {
      throw new TimerFailure(TimerServiceError.NoSuchTimer, `there is no client ${client}`);
    }
  }
}

function noSuchTimer(client: number, timerId: number): TimerFailure {
  return new TimerFailure(
    TimerServiceError.NoSuchTimer,
    `client ${client} has no timer ${timerId}`,
  );
}
