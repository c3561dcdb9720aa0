import { powerOfTwo } from "@cantrip/sel4-config";
import type { Refill, SchedContext } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** Least refills of a scheduling context (`MIN_REFILLS`). */
export const MIN_REFILLS = 2;
/** The fixed part of a scheduling context: words, and two times of 8 bytes. */
const SCHED_CONTEXT_WORDS = 10;
const SCHED_CONTEXT_TIME_BYTES = 16;
const REFILL_BYTES = 16;

/** Most refills that fit into a scheduling context (`refill_absolute_max`). */
export function maxRefills({ wordBytes }: KernelState, schedContext: SchedContext): number {
  const fixed = SCHED_CONTEXT_WORDS * wordBytes + SCHED_CONTEXT_TIME_BYTES;
  return Math.floor((powerOfTwo(schedContext.sizeBits) - fixed) / REFILL_BYTES);
}

export function isRoundRobin(schedContext: SchedContext): boolean {
  return schedContext.period === 0;
}

/** Whether a time has come; on the fork also one that comes before the kernel could get there again (`getKernelWcetTicks`). */
function isDue(kernel: KernelState, time: number): boolean {
  const early = kernel.config.checks.readiesRefillsEarly ? kernel.minBudget / 2 : 0;
  return time <= kernel.scheduler.currentTime + early;
}

/** Whether the head refill may be used now (`refill_ready`). */
export function isRefillReady(kernel: KernelState, schedContext: SchedContext): boolean {
  const head = schedContext.refills[0];
  if (head === undefined) return false;
  // Written out: a time that is passed to a function that is not inlined is an object on the heap.
  const early = kernel.config.checks.readiesRefillsEarly ? kernel.minBudget / 2 : 0;
  return head.time <= kernel.scheduler.currentTime + early;
}

/** Whether a context is configured and its head refill may be used now (`sc_released`). */
export function isReleased(kernel: KernelState, schedContext: SchedContext): boolean {
  return schedContext.refillMax > 0 && isRefillReady(kernel, schedContext);
}

/** Whether enough is left after `usage` ticks to run (`refill_sufficient`). */
export function isRefillSufficient(
  kernel: KernelState,
  schedContext: SchedContext,
  usage: number,
): boolean {
  const head = schedContext.refills[0];
  return head !== undefined && head.amount - usage >= kernel.minBudget;
}

/** Gives a context its first budget (`refill_new`). */
export function newRefills(
  kernel: KernelState,
  schedContext: SchedContext,
  max: number,
  budget: number,
  period: number,
): void {
  schedContext.period = period;
  schedContext.budget = budget;
  schedContext.refillMax = max;
  schedContext.refills.length = 0;
  schedContext.refills.push({ amount: budget, time: kernel.scheduler.currentTime });
  if (isRoundRobin(schedContext))
    schedContext.refills.push({ amount: 0, time: kernel.scheduler.currentTime });
}

/** Changes budget and period of a context in use (`refill_update`); round robin starts anew instead. */
export function updateRefills(
  kernel: KernelState,
  schedContext: SchedContext,
  max: number,
  budget: number,
  period: number,
): void {
  const { refills } = schedContext;
  const head = refills[0] ?? { amount: 0, time: kernel.scheduler.currentTime };
  refills.length = 0;
  refills.push(head);
  schedContext.refillMax = max;
  schedContext.period = period;
  schedContext.budget = budget;
  if (isDue(kernel, head.time)) head.time = kernel.scheduler.currentTime;
  if (head.amount >= budget) {
    head.amount = budget;
  } else {
    refills.push({ amount: budget - head.amount, time: head.time + period });
  }
}

function scheduleUsed(schedContext: SchedContext, used: Refill): void {
  const { refills } = schedContext;
  const tail = refills[refills.length - 1];
  if (tail === undefined) {
    refills.push(used);
  } else if (tail.time + tail.amount >= used.time) {
    tail.amount += used.amount;
  } else if (refills.length < schedContext.refillMax) {
    refills.push(used);
  } else {
    tail.time = used.time - tail.amount;
    tail.amount += used.amount;
  }
}

/** Charges `usage` ticks to a sporadic or periodic context (`refill_budget_check`). */
export function chargeRefills(
  kernel: KernelState,
  schedContext: SchedContext,
  usage: number,
): void {
  const { refills, period } = schedContext;
  let left = usage;
  for (;;) {
    const head = refills[0];
    if (head === undefined || head.amount > left) break;
    left -= head.amount;
    if (refills.length === 1) {
      head.time += period;
      if (left === 0) break;
    } else {
      refills.shift();
      scheduleUsed(schedContext, { amount: head.amount, time: head.time + period });
      if (left === 0) break;
    }
  }
  const head = refills[0];
  if (left > 0 && head !== undefined) {
    const used: Refill = { amount: left, time: head.time + period };
    head.amount -= left;
    head.time += left;
    scheduleUsed(schedContext, used);
  }
  mergeSmall(kernel, schedContext);
}

function mergeSmall(kernel: KernelState, schedContext: SchedContext): void {
  const { refills } = schedContext;
  for (;;) {
    const head = refills[0];
    const next = refills[1];
    if (head === undefined || next === undefined || head.amount >= kernel.minBudget) return;
    refills.shift();
    next.amount += head.amount;
    next.time -= head.amount;
  }
}

/** A sporadic context is due from the moment its thread wakes up; others from when they are switched to. */
export function unblockSporadic(kernel: KernelState, schedContext: SchedContext | null): void {
  if (schedContext === null || !schedContext.isSporadic || schedContext.refillMax === 0) return;
  if (schedContext !== kernel.currentSchedContext) unblockRefills(kernel, schedContext);
}

/** Lets a context that was blocked start at the current time (`refill_unblock_check`). */
export function unblockRefills(kernel: KernelState, schedContext: SchedContext): void {
  if (isRoundRobin(schedContext)) return;
  const { refills } = schedContext;
  const head = refills[0];
  if (head === undefined || !isRefillReady(kernel, schedContext)) return;
  kernel.scheduler.reprogram = true;
  head.time = kernel.scheduler.currentTime;
  for (;;) {
    const next = refills[1];
    if (next === undefined || next.time > head.time + head.amount) return;
    head.amount += next.amount;
    refills.splice(1, 1);
  }
}
