import type { Task } from "@cantrip/hosted";
import { SDK_TIMERS, SdkRuntimeError, timerWaitResponse } from "@cantrip/interfaces/sdk";
import { TIMER_TICKS_PER_MS } from "@cantrip/interfaces/timer";
import { codec } from "@cantrip/postcard";
import type { RegisteredApp } from "../app-registry.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import { type Answer, refused, SUCCESS } from "./answer.ts";
import type { SdkRuntimeState } from "./runtime-state.ts";

const maskCodec = codec(timerWaitResponse, { format: "0.7" });

/** A timer as an application asks for it. */
interface TimerStart {
  readonly id: number;
  readonly durationMs: number;
}

/** Requests of applications about timers. Each application has ids 0 to 30 of its own. */
export class TimerRequests {
  readonly #state: SdkRuntimeState;
  readonly #clock: AlarmClock;

  constructor(state: SdkRuntimeState, clock: AlarmClock) {
    this.#state = state;
    this.#clock = clock;
  }

  oneshot(app: RegisteredApp, request: TimerStart): Task<Answer> {
    return this.#start(app, request, false);
  }

  *periodic(app: RegisteredApp, request: TimerStart): Task<Answer> {
    if (request.id < SDK_TIMERS && request.durationMs === 0)
      return refused(SdkRuntimeError.SDKInvalidTimer);
    return yield* this.#start(app, request, true);
  }

  cancel({ badge }: RegisteredApp, id: number): Answer {
    if (id >= SDK_TIMERS) return refused(SdkRuntimeError.SDKNoSuchTimer);
    if (!this.#state.timers.cancel(badge, id)) return refused(SdkRuntimeError.SDKInvalidTimer);
    return SUCCESS;
  }

  poll({ badge }: RegisteredApp): Answer {
    return { ...SUCCESS, reply: maskReply(this.#state.timers.take(badge)) };
  }

  /** The mask, or that there is one to wait for. */
  wait({ badge }: RegisteredApp): Answer {
    const { timers } = this.#state;
    const mask = timers.take(badge);
    if (mask === 0 && timers.hasRunning(badge)) return { ...SUCCESS, awaits: "timers" };
    return { ...SUCCESS, reply: maskReply(mask) };
  }

  *#start(app: RegisteredApp, request: TimerStart, isPeriodic: boolean): Task<Answer> {
    const { id, durationMs } = request;
    if (id >= SDK_TIMERS) return refused(SdkRuntimeError.SDKNoSuchTimer);
    const { timers, registry } = this.#state;
    if (timers.isRunning(app.badge, id)) return refused(SdkRuntimeError.SDKTimerAlreadyExists);
    const now = yield* this.#clock.now();
    if (now === undefined) return refused(SdkRuntimeError.SDKNoPlatformSupport);
    // It may have gone while the timer service answered.
    if (!registry.isRegistered(app)) return refused(SdkRuntimeError.SDKInvalidBadge);
    const ticks = durationMs * TIMER_TICKS_PER_MS;
    timers.start(app.badge, id, now + ticks, isPeriodic ? ticks : undefined);
    yield* this.#clock.set(timers.nextDeadline);
    return SUCCESS;
  }
}

/** What is written to an application's page when timers have expired. */
export function maskReply(mask: number): Uint8Array {
  return maskCodec.encode({ mask });
}
