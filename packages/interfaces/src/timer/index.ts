import { struct, u32 } from "@cantrip/postcard";
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

/** `TimerServiceRequest` in message registers; completion is signalled. */
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
  },
  errors: TimerServiceError,
  serializeFailed: TimerServiceError.SerializeFailed,
  deserializeFailed: TimerServiceError.DeserializeFailed,
  unknownError: TimerServiceError.UnknownError,
});
