/** Byte offsets in a `struct tcb`, which begins in the middle of a thread's object. */
export interface ThreadLayout {
  readonly state: number;
  /** `undefined`: the kernel has no flags. */
  readonly flags: number | undefined;
  readonly boundNotification: number;
  readonly fault: number;
  readonly lookupFailure: number;
  readonly domain: number;
  readonly maxControlledPriority: number;
  readonly priority: number;
  readonly schedContext: number;
  readonly yieldTo: number;
  readonly ipcBuffer: number;
  readonly schedNext: number;
  readonly schedPrev: number;
  /** Links of endpoint and notification queues: those of the scheduler where a thread cannot be in both. */
  readonly queueNext: number;
  readonly queuePrev: number;
}

/** Byte offsets in a `struct sched_context` of riscv32. */
export const SchedContextOffset = {
  period: 0,
  consumed: 8,
  tcb: 20,
  reply: 24,
  notification: 28,
  badge: 32,
  yieldFrom: 36,
  refillMax: 40,
  refillHead: 44,
  refillTail: 48,
  isSporadic: 52,
  refills: 56,
} as const;

/** Where a version of the kernel keeps what the readers want. */
export interface KernelLayout {
  readonly name: string;
  /** Where these numbers come from. */
  readonly source: string;
  readonly thread: ThreadLayout;
  /** Symbol of the release queue's head. */
  readonly releaseQueue: string;
}

/**
 * Byte offsets in `struct user_context`: `x1`..`x31` but `x0` come first, in their order; `FaultIP` is `sepc` of the last
 * trap and `NextIP` where the thread goes on.
 */
export const ContextOffset = { registers: 0, faultPc: 33 * 4, nextPc: 34 * 4 } as const;

/** AmbiML/sparrow-kernel: `include/object/structures.h` of branch `sparrow`, af78898a, as DWARF of its build has it. */
export const cantripLayout: KernelLayout = {
  name: "cantrip",
  source: "AmbiML/sparrow-kernel af78898a, struct tcb and struct sched_context of riscv32 with MCS",
  releaseQueue: "ksReleaseHead",
  thread: {
    state: 140,
    flags: undefined,
    boundNotification: 152,
    fault: 156,
    lookupFailure: 164,
    domain: 172,
    maxControlledPriority: 176,
    priority: 180,
    schedContext: 184,
    yieldTo: 188,
    ipcBuffer: 192,
    schedNext: 196,
    schedPrev: 200,
    queueNext: 204,
    queuePrev: 208,
  },
};

/** seL4: `include/object/structures.h` of 1326364b (16.0.0-dev), as DWARF of its build has it. */
export const upstreamLayout: KernelLayout = {
  name: "upstream",
  source: "seL4 1326364b, struct tcb and struct sched_context of riscv32 with MCS",
  releaseQueue: "ksReleaseQueue",
  thread: {
    state: 140,
    flags: 152,
    boundNotification: 156,
    fault: 160,
    lookupFailure: 168,
    domain: 176,
    maxControlledPriority: 180,
    priority: 184,
    schedContext: 188,
    yieldTo: 192,
    ipcBuffer: 196,
    schedNext: 200,
    schedPrev: 204,
    queueNext: 200,
    queuePrev: 204,
  },
};
