import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { timerInterface } from "@cantrip/interfaces/timer";

/** The one timer of the timer service that the runtime uses. */
const ALARM = 0;

/** The timer service as a clock with one alarm, which is signalled. For one thread. */
export class AlarmClock {
  readonly #service: RpcClient<typeof timerInterface>;
  #deadline: number | undefined;

  constructor(thread: ComponentThread) {
    this.#service = new RpcClient(thread, "timer", timerInterface);
  }

  /** Ticks of 0.1 ms; `undefined` from a timer service that does not tell. */
  *now(): Task<number | undefined> {
    try {
      return (yield* this.#service.call("Now", undefined)).ticks;
    } catch (error) {
      if (error instanceof RpcError) return undefined;
      throw error;
    }
  }

  /** Sets the alarm. One that has nothing to wake for any more is left as it is. @param deadline - ticks */
  *set(deadline: number | undefined): Task<void> {
    if (deadline === undefined || deadline === this.#deadline) return;
    this.#deadline = deadline;
    yield* this.#service.call("At", { timerId: ALARM, deadline });
  }

  /** What time it is, in ticks, when the alarm has gone off since it was asked last. */
  *wentOff(): Task<number | undefined> {
    if (this.#deadline === undefined) return undefined;
    const { timerMask } = yield* this.#service.call("CompletedTimers", undefined);
    if (timerMask === 0) return undefined;
    const now = yield* this.now();
    // It may have been set again after it went off.
    if (now !== undefined && now >= this.#deadline) this.#deadline = undefined;
    return now;
  }
}

/** The clock, where the system has a timer service. */
export function alarmClock(thread: ComponentThread): AlarmClock | undefined {
  return thread.birth.clients["timer"] === undefined ? undefined : new AlarmClock(thread);
}
