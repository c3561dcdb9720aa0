import { struct, u32, usize } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `TimerServiceError` */
export const TimerServiceError = {
  Success: 0,
  NoSuchTimer: 1,
  TimerAlreadyExists: 2,
  DeserializeFailed: 3,
  SerializeFailed: 4,
  UnknownError: 5,
} as const;
export type TimerServiceError = (typeof TimerServiceError)[keyof typeof TimerServiceError];

/** Timers of one client: ids 0..31. */
export const TIMERS_PER_CLIENT = 32;

const timer = struct({ timerId: u32, durationMs: u32 });

/** Ticks of the timer service's clock in a millisecond. */
export const TIMER_TICKS_PER_MS = 10;

/**
 * `TimerServiceRequest` in message registers; completion is signalled. What follows `Capscan` is not CantripOS's: `Now`
 * reads the clock, in ticks of 0.1 ms; `At` starts a timer that expires once, when the clock reaches `deadline`, or at once
 * when it has, in place of a timer of that id that is running.
 */
export const timerInterface = defineInterface({
  name: "timer",
  transport: "basic",
  requestSize: 128,
  requests: {
    CompletedTimers: { reply: struct({ timerMask: u32 }) },
    Oneshot: { payload: timer },
    Periodic: { payload: timer },
    Cancel: { payload: u32 },
    Capscan: {},
    Now: { reply: struct({ ticks: usize }) },
    At: { payload: struct({ timerId: u32, deadline: usize }) },
  },
  errors: TimerServiceError,
  serializeFailed: TimerServiceError.SerializeFailed,
  deserializeFailed: TimerServiceError.DeserializeFailed,
  unknownError: TimerServiceError.UnknownError,
});
