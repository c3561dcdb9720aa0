import type { Tcb } from "./objects.ts";

/** An entry of the domain schedule; domain and duration 0 mark its end. */
export interface DomainEntry {
  domain: number;
  /** Ticks. */
  duration: number;
}

/** Ready queues, release queue and clocks of the scheduler. */
export interface SchedulerState {
  /** Head and tail per domain and priority; index = domain * 256 + priority. */
  readonly readyHead: (Tcb | null)[];
  readonly readyTail: (Tcb | null)[];
  /** One bit per priority with a ready thread: 8 words per domain. */
  readonly readyBitmap: Uint32Array;
  /** Per domain: one bit per word of {@link readyBitmap} that is not 0 (`ksReadyQueuesL1Bitmap`). */
  readonly readyWords: Uint8Array;
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
  /** `ksCurDomain` */
  currentDomain: number;
  /** Ticks left of the current domain's turn (`ksDomainTime`). They pass only where there are several domains. */
  domainTime: number;
  /** `ksDomSchedule`; the last entry is an end marker. */
  readonly domainSchedule: DomainEntry[];
  /** The turn that is on (`ksDomScheduleIdx`), and the one that follows an end marker (`ksDomScheduleStart`). */
  domainIndex: number;
  domainStart: number;
}
