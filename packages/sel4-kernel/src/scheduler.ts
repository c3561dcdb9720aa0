import { handleTimeout } from "./fault.ts";
import { completeYieldTo } from "./sched-context.ts";
import {
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  copyWord,
  type SchedContext,
  type Tcb,
  ThreadState,
} from "./objects.ts";
import {
  appendReady,
  dequeueReady,
  enqueueReady,
  enqueueRelease,
  dequeueRelease,
  firstReady,
  highestReadyPriority,
} from "./queues.ts";
import {
  chargeRefills,
  isRefillReady,
  isRefillSufficient,
  isRoundRobin,
  unblockRefills,
} from "./refills.ts";
import type { KernelState } from "./state.ts";
import { setVmRoot } from "./vspace.ts";

export function isRunnable(tcb: Tcb): boolean {
  return tcb.state === ThreadState.Running || tcb.state === ThreadState.Restart;
}

export function isSchedulable(tcb: Tcb): boolean {
  return (
    isRunnable(tcb) &&
    tcb.schedContext !== null &&
    tcb.schedContext.refillMax > 0 &&
    !tcb.inReleaseQueue
  );
}

export function isBlocked(tcb: Tcb): boolean {
  switch (tcb.state) {
    case ThreadState.BlockedOnReceive:
    case ThreadState.BlockedOnSend:
    case ThreadState.BlockedOnReply:
    case ThreadState.BlockedOnNotification:
      return true;
    default:
      return false;
  }
}

/** The scheduler has to choose at exit (`rescheduleRequired`). */
export function rescheduleRequired(kernel: KernelState): void {
  const { scheduler } = kernel;
  const { candidate } = scheduler;
  if (candidate !== null && isSchedulable(candidate)) enqueueReady(kernel, candidate);
  scheduler.action = "choose";
  scheduler.candidate = null;
}

/** A thread became ready: it runs next if nothing better does (`possibleSwitchTo`). */
export function possibleSwitchTo(kernel: KernelState, target: Tcb): void {
  if (target.schedContext === null || target.inReleaseQueue) return;
  const { scheduler } = kernel;
  if (target.domain !== scheduler.currentDomain) {
    enqueueReady(kernel, target);
  } else if (scheduler.action !== "resume") {
    rescheduleRequired(kernel);
    enqueueReady(kernel, target);
  } else {
    scheduler.action = "switch";
    scheduler.candidate = target;
  }
}

export function setThreadState(kernel: KernelState, tcb: Tcb, state: ThreadState): void {
  tcb.state = state;
  if (tcb === kernel.current && kernel.scheduler.action === "resume" && !isSchedulable(tcb))
    rescheduleRequired(kernel);
}

/** The thread has to wait for its next refill (`postpone`). */
export function postpone(kernel: KernelState, schedContext: SchedContext): void {
  const { tcb } = schedContext;
  if (tcb === null) return;
  dequeueReady(kernel, tcb);
  enqueueRelease(kernel, tcb);
  kernel.scheduler.reprogram = true;
}

/** What a thread may do with its context now: run if it has budget, else wait (`schedContext_resume`). */
export function resumeSchedContext(kernel: KernelState, schedContext: SchedContext | null): void {
  const tcb = schedContext?.tcb ?? null;
  if (schedContext === null || tcb === null || !isSchedulable(tcb)) return;
  if (!isRefillReady(kernel, schedContext) || !isRefillSufficient(kernel, schedContext, 0))
    postpone(kernel, schedContext);
}

/** Reads the clock at kernel entry (`updateTimestamp`). */
export function updateTimestamp(kernel: KernelState): void {
  const { scheduler, clock } = kernel;
  kernel.port.readTime(clock);
  const now = clock[0] ?? 0;
  const elapsed = now - scheduler.currentTime;
  scheduler.consumed += elapsed;
  scheduler.currentTime = now;
  if (kernel.config.settings.numDomains === 1) return;
  // A rest that is too short to run in is over already.
  const isOver = elapsed + kernel.minBudget >= scheduler.domainTime;
  scheduler.domainTime = isOver ? 0 : scheduler.domainTime - elapsed;
}

/** Whether the current domain's turn is over (`isCurDomainExpired`). */
export function isDomainExpired(kernel: KernelState): boolean {
  return kernel.config.settings.numDomains > 1 && kernel.scheduler.domainTime === 0;
}

/** The next domain's turn begins (`nextDomain`). */
function nextDomain(kernel: KernelState): void {
  const { scheduler } = kernel;
  const { domainSchedule } = scheduler;
  scheduler.domainIndex++;
  let entry = domainSchedule[scheduler.domainIndex];
  if (entry === undefined || (entry.domain === 0 && entry.duration === 0)) {
    scheduler.domainIndex = scheduler.domainStart;
    entry = domainSchedule[scheduler.domainStart];
  }
  scheduler.reprogram = true;
  kernel.workUnits = 0;
  scheduler.currentDomain = entry?.domain ?? 0;
  scheduler.domainTime = entry?.duration ?? 0;
}

/**
 * Whether the current thread has budget for what it asks, and its domain time; charges it and reschedules otherwise
 * (`checkBudget`).
 */
export function checkBudget(kernel: KernelState): boolean {
  if (hasBudget(kernel)) return !isDomainExpired(kernel);
  chargeBudget(kernel, kernel.scheduler.consumed, true);
  return false;
}

/** Whether the current scheduling context has budget left; nothing happens. */
export function hasBudget(kernel: KernelState): boolean {
  const { currentSchedContext, scheduler } = kernel;
  if (currentSchedContext.refillMax === 0) return true;
  return isRefillSufficient(kernel, currentSchedContext, scheduler.consumed);
}

/** The same for a system call, which is then made again (`checkBudgetRestart`). */
export function checkBudgetRestart(kernel: KernelState): boolean {
  const hasBudget = checkBudget(kernel);
  if (!hasBudget && isRunnable(kernel.current))
    setThreadState(kernel, kernel.current, ThreadState.Restart);
  return hasBudget;
}

function takeFromSlice(schedContext: SchedContext, consumed: number): void {
  const head = schedContext.refills[0];
  const tail = schedContext.refills[1];
  if (head === undefined || tail === undefined) return;
  const used = Math.min(consumed, head.amount);
  head.amount -= used;
  tail.amount += used;
}

/** Takes what was consumed from the current context and ends the slice (`chargeBudget`). */
export function chargeBudget(
  kernel: KernelState,
  consumed: number,
  canTimeoutFault: boolean,
): void {
  const { currentSchedContext, scheduler, current } = kernel;
  if (currentSchedContext !== kernel.idle.schedContext) {
    if (isRoundRobin(currentSchedContext)) {
      const [head, tail] = currentSchedContext.refills;
      if (head !== undefined && tail !== undefined) {
        head.amount += tail.amount;
        tail.amount = 0;
      }
    } else {
      chargeRefills(kernel, currentSchedContext, consumed);
    }
  }
  currentSchedContext.consumed += consumed;
  scheduler.consumed = 0;
  if (isSchedulable(current)) {
    endTimeslice(kernel, canTimeoutFault);
    rescheduleRequired(kernel);
    scheduler.reprogram = true;
  }
}

function endTimeslice(kernel: KernelState, canTimeoutFault: boolean): void {
  const { current, currentSchedContext } = kernel;
  if (canTimeoutFault && !isRoundRobin(currentSchedContext) && handleTimeout(kernel, current))
    return;
  if (
    isRefillReady(kernel, currentSchedContext) &&
    isRefillSufficient(kernel, currentSchedContext, 0)
  ) {
    appendReady(kernel, current);
  } else {
    postpone(kernel, currentSchedContext);
  }
}

/** Charges the elapsed time to the context that ran (`commitTime`). */
export function commitCurrent(kernel: KernelState): void {
  const { currentSchedContext, scheduler } = kernel;
  if (
    scheduler.consumed > 0 &&
    currentSchedContext.refillMax > 0 &&
    currentSchedContext !== kernel.idle.schedContext
  ) {
    if (isRoundRobin(currentSchedContext)) takeFromSlice(currentSchedContext, scheduler.consumed);
    else chargeRefills(kernel, currentSchedContext, scheduler.consumed);
  }
  currentSchedContext.consumed += scheduler.consumed;
  scheduler.consumed = 0;
}

/** Threads whose refill time has come are ready (`awaken`). */
function awaken(kernel: KernelState): void {
  for (;;) {
    const tcb = kernel.scheduler.releaseHead;
    if (tcb?.schedContext == null || !isRefillReady(kernel, tcb.schedContext)) return;
    dequeueRelease(kernel, tcb);
    possibleSwitchTo(kernel, tcb);
    kernel.scheduler.reprogram = true;
  }
}

/** `scheduleChooseNewThread` */
function chooseThread(kernel: KernelState): void {
  if (kernel.scheduler.domainTime === 0) nextDomain(kernel);
  const next = firstReady(kernel);
  if (next === null) {
    kernel.current = kernel.idle;
    return;
  }
  dequeueReady(kernel, next);
  kernel.current = next;
}

function switchToThread(kernel: KernelState, tcb: Tcb): void {
  dequeueReady(kernel, tcb);
  kernel.current = tcb;
}

/** Switches to the candidate, unless somebody else comes before it. */
function chooseOrSwitch(kernel: KernelState, candidate: Tcb, wasRunnable: boolean): void {
  const before = kernel.current;
  const isBelowCurrent = before === kernel.idle || candidate.priority < before.priority;
  if (isBelowCurrent && candidate.priority < highestReadyPriority(kernel)) {
    enqueueReady(kernel, candidate);
    chooseThread(kernel);
  } else if (wasRunnable && candidate.priority === before.priority) {
    appendReady(kernel, candidate);
    chooseThread(kernel);
  } else {
    switchToThread(kernel, candidate);
  }
}

/** Chooses who runs next, and whose budget it is (`schedule`). */
export function schedule(kernel: KernelState): void {
  const { scheduler } = kernel;
  awaken(kernel);
  if (isDomainExpired(kernel)) {
    scheduler.reprogram = true;
    rescheduleRequired(kernel);
  }
  const before = kernel.current;
  const { action, candidate } = scheduler;
  if (action !== "resume") {
    const wasRunnable = isSchedulable(before) && before !== kernel.idle;
    if (wasRunnable) enqueueReady(kernel, before);
    if (candidate === null) chooseThread(kernel);
    else chooseOrSwitch(kernel, candidate, wasRunnable);
    scheduler.action = "resume";
    scheduler.candidate = null;
  }
  switchSchedContext(kernel);
  // A thread that was chosen again may have got another address space meanwhile.
  if (kernel.current !== before || action !== "resume") setVmRoot(kernel, kernel.current);
}

function switchSchedContext(kernel: KernelState): void {
  const { scheduler, current } = kernel;
  const next = current.schedContext;
  // The idle thread's context is configured, on the fork.
  const isKept =
    kernel.config.checks.keepsTimeOfDeletedContext &&
    kernel.currentSchedContext.refillMax === 0 &&
    kernel.currentSchedContext !== kernel.idle.schedContext;
  if (next !== null && next !== kernel.currentSchedContext && !isKept) {
    scheduler.reprogram = true;
    if (!next.isSporadic && next.refillMax > 0) unblockRefills(kernel, next);
  }
  if (scheduler.reprogram) commitCurrent(kernel);
  if (next !== null) kernel.currentSchedContext = next;
  if (!scheduler.reprogram) return;
  setNextInterrupt(kernel);
  scheduler.reprogram = false;
}

function setNextInterrupt(kernel: KernelState): void {
  const { scheduler, currentSchedContext, platform } = kernel;
  const isIdle = kernel.current === kernel.idle;
  const budget = isIdle ? Number.POSITIVE_INFINITY : (currentSchedContext.refills[0]?.amount ?? 0);
  const release = scheduler.releaseHead?.schedContext?.refills[0]?.time ?? Number.POSITIVE_INFINITY;
  const turn =
    kernel.config.settings.numDomains > 1
      ? scheduler.currentTime + scheduler.domainTime
      : Number.POSITIVE_INFINITY;
  const next = Math.min(scheduler.currentTime + budget, turn, release);
  kernel.port.setDeadline(next - platform.ticksPerUs);
}

/** Makes the pc of a restarted thread that of its system call (`activateThread`). */
export function activateThread(kernel: KernelState): void {
  const { current } = kernel;
  if (current.yieldTo !== null) completeYieldTo(kernel, current);
  if (current.state !== ThreadState.Restart) return;
  copyWord(current.context, CONTEXT_PC, current.context, CONTEXT_FAULT_PC);
  setThreadState(kernel, current, ThreadState.Running);
}
