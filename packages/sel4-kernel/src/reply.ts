import { cancelIpc } from "./endpoint.ts";
import { type Reply, type SchedContext, type Tcb, ThreadState } from "./objects.ts";
import { resumeSchedContext, setThreadState } from "./scheduler.ts";
import { donateSchedContext } from "./sched-context.ts";
import type { KernelState } from "./state.ts";

/** Remembers in a reply object who is to be answered, and lends the caller's budget (`reply_push`). */
export function pushReply(
  kernel: KernelState,
  caller: Tcb,
  callee: Tcb,
  reply: Reply,
  canDonate: boolean,
): void {
  const donated = caller.schedContext;
  reply.tcb = caller;
  caller.reply = reply;
  setThreadState(kernel, caller, ThreadState.BlockedOnReply);
  if (donated === null || !canDonate || callee.schedContext !== null) return;
  const older = donated.reply;
  reply.prev = older;
  if (older !== null) older.next = reply;
  reply.next = donated;
  donated.reply = reply;
  donateSchedContext(kernel, donated, callee);
}

/** Forgets who is to be answered. */
export function unlinkReply(reply: Reply): void {
  const { tcb } = reply;
  if (tcb !== null) tcb.reply = null;
  reply.tcb = null;
}

/** Takes a reply out of its chain; the head gives the budget back (`reply_remove`). */
export function removeReply(kernel: KernelState, reply: Reply, tcb: Tcb): void {
  const { next, prev } = reply;
  if (next !== null && next.kind === "schedContext") {
    popReply(kernel, reply, next, tcb);
  } else {
    if (next !== null) next.prev = null;
    if (prev !== null) prev.next = null;
    reply.prev = null;
    reply.next = null;
    unlinkReply(reply);
    setThreadState(kernel, tcb, ThreadState.Inactive);
  }
}

function popReply(kernel: KernelState, reply: Reply, schedContext: SchedContext, tcb: Tcb): void {
  const { prev } = reply;
  schedContext.reply = prev;
  if (prev !== null) prev.next = schedContext;
  reply.prev = null;
  reply.next = null;
  if (tcb.schedContext === null) donateSchedContext(kernel, schedContext, tcb);
  unlinkReply(reply);
  setThreadState(kernel, tcb, ThreadState.Inactive);
}

/** A caller stops waiting: its budget stays where it was lent (`reply_remove_tcb`). */
export function removeReplyOfTcb(tcb: Tcb): void {
  const { reply } = tcb;
  if (reply === null) return;
  const { next, prev } = reply;
  if (next !== null) {
    if (next.kind === "schedContext") next.reply = null;
    else next.prev = null;
  }
  if (prev !== null) prev.next = null;
  reply.prev = null;
  reply.next = null;
  unlinkReply(reply);
}

/** The last capability of a reply object is gone. */
export function finaliseReply(kernel: KernelState, reply: Reply): void {
  const { tcb } = reply;
  if (tcb === null) return;
  if (tcb.state === ThreadState.BlockedOnReply) removeReply(kernel, reply, tcb);
  else if (tcb.state === ThreadState.BlockedOnReceive) cancelIpc(kernel, tcb);
  resumeSchedContext(kernel, tcb.schedContext);
}
