import { powerOfTwo } from "@cantrip/sel4-config";
import { cancelIpc } from "./endpoint.ts";
import {
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  copyWord,
  type Tcb,
  TcbSlot,
  ThreadState,
} from "./objects.ts";
import { dequeueReady, dequeueRelease } from "./queues.ts";
import { unblockSporadic } from "./refills.ts";
import { cancelYieldTo } from "./sched-context.ts";
import {
  isBlocked,
  isSchedulable,
  possibleSwitchTo,
  resumeSchedContext,
  setThreadState,
} from "./scheduler.ts";
import type { KernelState } from "./state.ts";

/** Longest thread name the kernel keeps, bytes: half a TCB less its slots and list links, and the final NUL. */
export function maxNameLength({ config, wordBytes }: KernelState): number {
  const { tcb, slot } = config.sizeBits;
  return powerOfTwo(tcb - 1) - TcbSlot.Count * powerOfTwo(slot) - 2 * wordBytes - 1;
}

/** Adds a thread to the list that `DebugDumpScheduler` prints (`tcbDebugAppend`, which prepends). */
export function linkThread(kernel: KernelState, tcb: Tcb): void {
  tcb.debugNext = kernel.debugThreads;
  if (kernel.debugThreads !== null) kernel.debugThreads.debugPrev = tcb;
  kernel.debugThreads = tcb;
}

/** A new thread is listed, and named after its creator until it is named otherwise. */
export function registerThread(kernel: KernelState, tcb: Tcb): void {
  linkThread(kernel, tcb);
  tcb.name = `child of: '${kernel.current.name}'`.slice(0, maxNameLength(kernel));
}

/** Takes a dead thread off the list. */
export function forgetThread(kernel: KernelState, tcb: Tcb): void {
  const { debugPrev, debugNext } = tcb;
  if (debugPrev === null) kernel.debugThreads = debugNext;
  else debugPrev.debugNext = debugNext;
  if (debugNext !== null) debugNext.debugPrev = debugPrev;
  tcb.debugNext = null;
  tcb.debugPrev = null;
}

/** Stops a thread (`suspend`). */
export function suspend(kernel: KernelState, tcb: Tcb): void {
  cancelIpc(kernel, tcb);
  if (tcb.state === ThreadState.Running) {
    // Resumed later, it goes on behind its system call.
    copyWord(tcb.context, CONTEXT_FAULT_PC, tcb.context, CONTEXT_PC);
  }
  dequeueReady(kernel, tcb);
  dequeueRelease(kernel, tcb);
  cancelYieldTo(tcb);
  setThreadState(kernel, tcb, ThreadState.Inactive);
}

/** Lets a stopped thread go on from its fault pc (`restart`). */
export function restart(kernel: KernelState, tcb: Tcb): void {
  if (tcb.state !== ThreadState.Inactive && !isBlocked(tcb)) return;
  cancelIpc(kernel, tcb);
  setThreadState(kernel, tcb, ThreadState.Restart);
  unblockSporadic(kernel, tcb.schedContext);
  resumeSchedContext(kernel, tcb.schedContext);
  if (isSchedulable(tcb)) possibleSwitchTo(kernel, tcb);
}
