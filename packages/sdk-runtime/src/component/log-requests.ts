import type { Task } from "@cantrip/hosted";
import { SdkRuntimeError } from "@cantrip/interfaces/sdk";
import type { Logger } from "@cantrip/logger";
import { decodeUtf8 } from "@cantrip/postcard";
import type { RegisteredApp } from "../app-registry.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import { type Answer, refused, SUCCESS } from "./answer.ts";
import type { SdkRuntimeState } from "./runtime-state.ts";

/** The end of an application's log window is a timer of its own, with this id and the badge's negative. */
const WINDOW_TIMER = 0;

/** What applications log, each within its budget. Where there is no clock, there is no budget. */
export class LogRequests {
  readonly #state: SdkRuntimeState;
  readonly #logger: Logger;
  readonly #clock: AlarmClock | undefined;

  constructor(state: SdkRuntimeState, logger: Logger, clock: AlarmClock | undefined) {
    this.#state = state;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Logs a record, or drops it when the budget is used up, which is no error of the application. */
  *log(app: RegisteredApp, msg: Uint8Array): Task<Answer> {
    const text = decodeUtf8(msg);
    if (text === undefined) return refused(SdkRuntimeError.SDKInvalidString);
    if (app.log.spend(msg.length) || (yield* this.#renew(app, msg.length)))
      yield* this.#logger.info(targetOf(app), text);
    else app.log.drop();
    return SUCCESS;
  }

  /** An application's window is over: says how many records were dropped. @param now - ticks */
  *windowEnded(badge: number, now: number): Task<void> {
    const app = this.#state.registry.find(badge);
    this.#state.timers.take(-badge);
    if (app === undefined) return;
    app.log.renew(now);
    const dropped = app.log.takeDropped();
    if (dropped > 0)
      yield* this.#logger.warn(targetOf(app), `${dropped} log messages were dropped`);
  }

  *#renew(app: RegisteredApp, textBytes: number): Task<boolean> {
    // The timer is running.
    if (app.log.dropped > 0) return false;
    const now = this.#clock === undefined ? undefined : yield* this.#clock.now();
    if (now === undefined || this.#clock === undefined) return true;
    if (app.log.renew(now)) return app.log.spend(textBytes);
    const { registry, timers } = this.#state;
    if (!registry.isRegistered(app)) return false;
    timers.start(-app.badge, WINDOW_TIMER, app.log.nextWindow);
    yield* this.#clock.set(timers.nextDeadline);
    return false;
  }
}

function targetOf({ appId }: RegisteredApp): string {
  return `[${appId}]`;
}
