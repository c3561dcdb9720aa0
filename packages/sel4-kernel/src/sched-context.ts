import { ErrorCode, messageInfo } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { pushConsumed } from "./fault-message.ts";
import { MessageWords } from "./message-words.ts";
import { writeWords } from "./message.ts";
import {
  CapType,
  type Notification,
  type SchedContext,
  type SchedContextCap,
  setWord,
  type Tcb,
} from "./objects.ts";
import { dequeueReady, dequeueRelease, enqueueReady } from "./queues.ts";
import { isReleased, unblockSporadic } from "./refills.ts";
import { isBlocked, isSchedulable, rescheduleRequired, resumeSchedContext } from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseCap } from "./syscall-error.ts";
import { lookupIpcBuffer } from "./vspace.ts";

/** `a0`, `a1`: badge and message info of an answer. */
const BADGE_REGISTER = 10;
const INFO_REGISTER = 11;

/** Lends a scheduling context to a thread (`schedContext_donate`). */
export function donateSchedContext(kernel: KernelState, schedContext: SchedContext, to: Tcb): void {
  const from = schedContext.tcb;
  if (from !== null) {
    dequeueReady(kernel, from);
    from.schedContext = null;
    if (from === kernel.current || kernel.scheduler.candidate === from) rescheduleRequired(kernel);
    dequeueRelease(kernel, from);
  }
  schedContext.tcb = to;
  to.schedContext = schedContext;
}

export function bindSchedContext(kernel: KernelState, schedContext: SchedContext, tcb: Tcb): void {
  schedContext.tcb = tcb;
  tcb.schedContext = schedContext;
  unblockSporadic(kernel, schedContext);
  resumeSchedContext(kernel, schedContext);
  if (isSchedulable(tcb)) {
    enqueueReady(kernel, tcb);
    rescheduleRequired(kernel);
  }
}

export function schedContextUnbindTcb(kernel: KernelState, schedContext: SchedContext): void {
  const { tcb } = schedContext;
  if (tcb === null) return;
  if (tcb === kernel.current) rescheduleRequired(kernel);
  dequeueReady(kernel, tcb);
  dequeueRelease(kernel, tcb);
  tcb.schedContext = null;
  schedContext.tcb = null;
}

export function schedContextUnbindAllTcbs(kernel: KernelState, schedContext: SchedContext): void {
  schedContextUnbindTcb(kernel, schedContext);
}

export function schedContextUnbindReply(schedContext: SchedContext): void {
  const { reply } = schedContext;
  if (reply === null) return;
  reply.next = null;
  schedContext.reply = null;
}

export function schedContextUnbindNotification(notification: Notification | null): void {
  if (notification?.schedContext == null) return;
  notification.schedContext.notification = null;
  notification.schedContext = null;
}

/** A thread no longer waits for what it yielded to (`schedContext_cancelYieldTo`). */
export function cancelYieldTo(yielder: Tcb): void {
  if (yielder.yieldTo === null) return;
  yielder.yieldTo.yieldFrom = null;
  yielder.yieldTo = null;
}

/** A thread that yielded goes on: its answer is what the other consumed (`schedContext_completeYieldTo`). */
export function completeYieldTo(kernel: KernelState, yielder: Tcb | null): void {
  if (yielder?.yieldTo == null) return;
  const { answersCallsWithLength } = kernel.config.checks;
  // Without that the words go to whoever runs, even if it is not the one that yielded.
  if (answersCallsWithLength) setWord(yielder.context, BADGE_REGISTER, 0, 0);
  writeConsumed(kernel, answersCallsWithLength ? yielder : kernel.current, yielder.yieldTo);
  cancelYieldTo(yielder);
}

/** Writes message info and words of an answer: the time that a context consumed (`setConsumed`). */
function writeConsumed(kernel: KernelState, tcb: Tcb, schedContext: SchedContext): void {
  const buffer = lookupIpcBuffer(tcb, true);
  const words = new MessageWords();
  pushConsumed(kernel, words, schedContext);
  const length = writeWords(kernel, tcb, buffer, words);
  setWord(tcb.context, INFO_REGISTER, messageInfo(0, length));
}

/** Answers with the time that a context consumed. */
function answerConsumed(kernel: KernelState, target: SchedContext, args: InvocationArgs): void {
  if (kernel.config.checks.answersCallsWithLength) pushConsumed(kernel, args.reply, target);
  else writeConsumed(kernel, kernel.current, target);
}

/** Takes a notification's context, if the woken thread has none (`maybeDonateSchedContext`). */
export function maybeDonate(kernel: KernelState, tcb: Tcb, notification: Notification): void {
  const { schedContext } = notification;
  if (tcb.schedContext !== null || schedContext?.tcb !== null) return;
  donateSchedContext(kernel, schedContext, tcb);
  resumeSchedContext(kernel, schedContext);
}

/** Gives a notification's context back before the thread blocks (`maybeReturnSchedContext`). */
export function maybeReturn(
  kernel: KernelState,
  notification: Notification | null,
  tcb: Tcb,
): void {
  const schedContext = notification?.schedContext ?? null;
  if (schedContext === null || tcb.schedContext !== schedContext) return;
  tcb.schedContext = null;
  schedContext.tcb = null;
  if (tcb === kernel.current) rescheduleRequired(kernel);
}

/** Invocations of a scheduling context. */
export function invokeSchedContext(
  kernel: KernelState,
  label: number,
  cap: SchedContextCap,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  const { object } = cap;
  switch (label) {
    case labels.schedContextBind:
      return bind(kernel, object, args);
    case labels.schedContextUnbind:
      if (object.tcb === kernel.current) return refuse(kernel, ErrorCode.IllegalOperation);
      schedContextUnbindTcb(kernel, object);
      schedContextUnbindNotification(object.notification);
      schedContextUnbindReply(object);
      return Exception.None;
    case labels.schedContextUnbindObject:
      return unbindObject(kernel, object, args);
    case labels.schedContextConsumed:
      answerConsumed(kernel, object, args);
      return Exception.None;
    case labels.schedContextYieldTo:
      return yieldTo(kernel, object, args);
    default:
      return refuse(kernel, ErrorCode.IllegalOperation);
  }
}

function bind(kernel: KernelState, schedContext: SchedContext, args: InvocationArgs): Exception {
  const slot = args.extra(0);
  if (slot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const { cap } = slot;
  if (cap.type === CapType.Thread) {
    const tcb = cap.object;
    if (schedContext.tcb !== null) return refuse(kernel, ErrorCode.IllegalOperation);
    if (tcb.schedContext !== null) return refuse(kernel, ErrorCode.IllegalOperation);
    if (isBlocked(tcb) && !isReleased(kernel, schedContext))
      return refuse(kernel, ErrorCode.IllegalOperation);
    bindSchedContext(kernel, schedContext, tcb);
    return Exception.None;
  }
  if (cap.type === CapType.Notification) {
    if (schedContext.notification !== null) return refuse(kernel, ErrorCode.IllegalOperation);
    if (cap.object.schedContext !== null) return refuse(kernel, ErrorCode.IllegalOperation);
    schedContext.notification = cap.object;
    cap.object.schedContext = schedContext;
    return Exception.None;
  }
  return refuseCap(kernel, 1);
}

function unbindObject(
  kernel: KernelState,
  schedContext: SchedContext,
  args: InvocationArgs,
): Exception {
  const slot = args.extra(0);
  if (slot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const { cap } = slot;
  if (cap.type === CapType.Thread) {
    if (schedContext.tcb !== cap.object || cap.object === kernel.current) {
      return refuse(kernel, ErrorCode.IllegalOperation);
    }
    schedContextUnbindTcb(kernel, schedContext);
    return Exception.None;
  }
  if (cap.type === CapType.Notification) {
    if (schedContext.notification !== cap.object) return refuse(kernel, ErrorCode.IllegalOperation);
    schedContextUnbindNotification(cap.object);
    return Exception.None;
  }
  return refuseCap(kernel, 1);
}

function yieldTo(kernel: KernelState, schedContext: SchedContext, args: InvocationArgs): Exception {
  const target = schedContext.tcb;
  if (target === null || target === kernel.current)
    return refuse(kernel, ErrorCode.IllegalOperation);
  if (target.priority > kernel.current.maxControlledPriority)
    return refuse(kernel, ErrorCode.IllegalOperation);
  // Whoever yielded to this context before gets its answer now.
  completeYieldTo(kernel, schedContext.yieldFrom);
  resumeSchedContext(kernel, schedContext);
  if (isSchedulable(target)) {
    dequeueReady(kernel, target);
    if (target.priority >= kernel.current.priority) {
      // The answer is written when the caller runs again: what the other consumed until then.
      kernel.current.yieldTo = schedContext;
      schedContext.yieldFrom = kernel.current;
      enqueueReady(kernel, kernel.current);
      enqueueReady(kernel, target);
      rescheduleRequired(kernel);
      return Exception.None;
    }
    enqueueReady(kernel, target);
  }
  answerConsumed(kernel, schedContext, args);
  return Exception.None;
}
