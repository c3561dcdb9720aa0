import type { Tcb } from "./objects.ts";

/** Ready queues, release queue and clocks of the scheduler. */
export interface SchedulerState {
  /** Head and tail per priority of the (single) domain; index = domain * 256 + priority. */
  readonly readyHead: (Tcb | null)[];
  readonly readyTail: (Tcb | null)[];
  /** One bit per priority with a ready thread: 8 words per domain. */
  readonly readyBitmap: Uint32Array;
  releaseHead: Tcb | null;
  /** `ksSchedulerAction`: keep the current thread, choose anew, or switch to {@link candidate}. */
  action: "resume" | "choose" | "switch";
  /** Whom to switch to; `null` unless the action is `switch`. */
  candidate: Tcb | null;
  /** Time at kernel entry (`ksCurTime`) and consumed since the last charge (`ksConsumed`), ticks. */
  currentTime: number;
  consumed: number;
  /** `ksReprogram`. */
  reprogram: boolean;
  currentDomain: number;
}
