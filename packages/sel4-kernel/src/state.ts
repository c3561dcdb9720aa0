import type { KernelConfig } from "@cantrip/sel4-config";
import type { ContextSlab } from "./context-slab.ts";
import type { SchedulerState } from "./scheduler-state.ts";
import type { KernelPlatform, KernelPort } from "./kernel-port.ts";
import type { KernelObserver } from "./observer.ts";
import {
  type AsidPool,
  type Fault,
  type KernelObject,
  type LookupFailure,
  type SchedContext,
  type Slot,
  type Tcb,
} from "./objects.ts";

/** Result of a kernel operation that can be pre-empted: `exception_t`. */
export const Exception = {
  /** Done. */
  None: 0,
  /** A fault was recorded in {@link KernelState.currentFault}. */
  Fault: 1,
  /** A lookup failed; {@link KernelState.lookupFailure} says how. */
  LookupFault: 2,
  /** An invocation was refused; {@link KernelState.syscallError} says how. */
  SyscallError: 3,
  /** A pre-emption point was taken: the system call is restarted later. */
  Preempted: 4,
} as const;
export type Exception = (typeof Exception)[keyof typeof Exception];

/** What an invocation was refused with (`current_syscall_error`). */
interface SyscallErrorRecord {
  /** `seL4_Error` number. */
  code: number;
  invalidArgumentNumber: number;
  invalidCapNumber: number;
  rangeMin: number;
  /** Lower half, or a number up to 2^53 where {@link rangeMaxHigh} is 0. */
  rangeMax: number;
  rangeMaxHigh: number;
  memoryLeft: number;
  failedLookupWasSource: boolean;
}

/** All state of one kernel. Functions of the kernel take it as their first argument; there is no other state. */
export interface KernelState {
  readonly config: KernelConfig;
  readonly port: KernelPort;
  readonly platform: KernelPlatform;
  /** Whether a word has 64 bits. */
  readonly is64: boolean;
  /** Bytes of a word: 4 or 8. */
  readonly wordBytes: number;
  readonly syscallError: SyscallErrorRecord;
  lookupFailure: LookupFailure;
  /** Bits that the last successful lookup did not use. */
  lookupBitsRemaining: number;
  currentFault: Fault | null;
  /** The running thread; the idle thread when there is none. */
  current: Tcb;
  readonly idle: Tcb;
  /** Where the contexts of new threads come from. */
  readonly contexts: ContextSlab;
  currentSchedContext: SchedContext;
  /** Registered ASID pools by high ASID bits. */
  readonly asidPools: (AsidPool | null)[];
  /** Notification capability slot per interrupt. */
  readonly irqSlots: readonly Slot[];
  /** State per interrupt: inactive, or owned by a handler capability. */
  readonly irqActive: boolean[];
  /** Live kernel objects by physical address, for lookups from capabilities to children and for the checker. */
  readonly objectsByPaddr: Map<number, KernelObject>;
  /** Memory of the initial task's image. */
  imageMemory: { readonly base: number; readonly size: number };
  /** Work units since the last pre-emption check. */
  workUnits: number;
  /** Root page table of threads without an address space: it maps nothing. */
  globalRoot: number;
  readonly scheduler: SchedulerState;
  /** Head of the list of all threads, newest first. */
  debugThreads: Tcb | null;
  isHalted: boolean;
  /** Word 0: the time that was read last. */
  readonly clock: Float64Array;
  /** Least budget that a thread can run with (`MIN_BUDGET`), ticks. */
  readonly minBudget: number;
  /** Is told what happens; `null`: nobody is. */
  observer: KernelObserver | null;
}
