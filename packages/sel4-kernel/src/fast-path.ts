import { MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import { lookupSlot } from "./lookup.ts";
import {
  CapType,
  CONTEXT_HIGH,
  type Endpoint,
  EndpointState,
  highOf,
  type Reply,
  Right,
  type SchedContext,
  type Tcb,
  ThreadState,
} from "./objects.ts";
import { dequeueWaiter, enqueueWaiter, highestReadyPriority } from "./queues.ts";
import { isRefillReady } from "./refills.ts";
import type { KernelState } from "./state.ts";
import { setVmRoot } from "./vspace.ts";

/** `a0`: the capability invoked or received from; the badge of what is received. */
const CPTR_REGISTER = 10;
const INFO_REGISTER = 11;
const FIRST_MESSAGE_REGISTER = 12;
/** `a6`: the reply object of a reply-recv. */
const REPLY_REGISTER = 16;
/** Bits of a message info word that a plain message does not have: extra capabilities. */
const EXTRA_CAPS_MASK = 0x180;
/** What the receiver sees of the sender's message info: label and length. */
const PLAIN_INFO_MASK = ~0xf80;

/**
 * `Call` to a passive server that waits (`fastpath_call`): the message is in registers, the caller's budget goes with it,
 * and nobody else is to run. Does what the slow path does, and leaves the same state.
 *
 * @returns `false`, with nothing changed but the record of the last lookup, when the slow path has to do it
 */
export function fastCall(kernel: KernelState): boolean {
  const { current, currentSchedContext } = kernel;
  const { context } = current;
  const info = context[INFO_REGISTER] ?? 0;
  if (!isPlain(info)) return false;
  const slot = lookupSlot(
    kernel,
    current,
    (context[CPTR_REGISTER] ?? 0) >>> 0,
    highOf(context, CPTR_REGISTER),
  );
  if (slot === null) return false;
  const { cap } = slot;
  if (cap.type !== CapType.Endpoint || (cap.rights & Right.Write) === 0) return false;
  if ((cap.rights & (Right.Grant | Right.GrantReply)) === 0) return false;
  const endpoint = cap.object;
  const receiver = endpoint.head;
  if (endpoint.state !== EndpointState.Receive || receiver === null) return false;
  const { reply } = receiver;
  if (reply === null || receiver.schedContext !== null) return false;
  if (current.schedContext !== currentSchedContext || current.fault !== null) return false;
  if (!canSwitchTo(kernel, receiver)) return false;

  dequeueWaiter(endpoint, receiver);
  receiver.blockedOn = null;
  if (endpoint.head === null) endpoint.state = EndpointState.Idle;
  copyPlain(current, receiver, info, cap.badge);
  if (kernel.is64) copyPlainHigh(current, receiver, info, cap.badgeHigh);
  receiver.reply = null;
  pushDonated(currentSchedContext, current, receiver, reply);
  receiver.state = ThreadState.Running;
  kernel.current = receiver;
  setVmRoot(kernel, receiver);
  return true;
}

/**
 * `ReplyRecv` of a server on its caller's budget (`fastpath_reply_recv`): the answer is in registers, the budget goes
 * back with it, and the server waits for the next caller.
 *
 * @returns `false`, with nothing changed but the record of the last lookup, when the slow path has to do it
 */
export function fastReplyRecv(kernel: KernelState): boolean {
  const { current, currentSchedContext } = kernel;
  const { context } = current;
  const info = context[INFO_REGISTER] ?? 0;
  if (!isPlain(info)) return false;
  const replySlot = lookupSlot(
    kernel,
    current,
    (context[REPLY_REGISTER] ?? 0) >>> 0,
    highOf(context, REPLY_REGISTER),
  );
  if (replySlot?.cap.type !== CapType.Reply) return false;
  const reply = replySlot.cap.object;
  const replyBitsRemaining = kernel.lookupBitsRemaining;
  const receiver = reply.tcb;
  if (receiver?.state !== ThreadState.BlockedOnReply || receiver.fault !== null) return false;
  if (reply.next !== currentSchedContext || receiver.schedContext !== null) return false;
  if (current.schedContext !== currentSchedContext || current.fault !== null) return false;
  if (current.boundNotification !== null) return false;
  const slot = lookupSlot(
    kernel,
    current,
    (context[CPTR_REGISTER] ?? 0) >>> 0,
    highOf(context, CPTR_REGISTER),
  );
  if (slot === null) return false;
  const { cap } = slot;
  if (cap.type !== CapType.Endpoint || (cap.rights & Right.Read) === 0) return false;
  const endpoint = cap.object;
  if (endpoint.state === EndpointState.Send) return false;
  // That enough is left of the budget was seen at the entry (`hasBudget`).
  if (!isRefillReady(kernel, currentSchedContext)) return false;
  if (!canSwitchTo(kernel, receiver)) return false;

  popDonated(currentSchedContext, current, receiver, reply);
  copyPlain(current, receiver, info, 0);
  if (kernel.is64) copyPlainHigh(current, receiver, info, 0);
  receiver.state = ThreadState.Running;
  waitForCaller(current, endpoint, reply);
  current.blockingCanGrant = (cap.rights & Right.Grant) !== 0;
  // The slow path looks the reply object up once more.
  kernel.lookupBitsRemaining = replyBitsRemaining;
  kernel.current = receiver;
  setVmRoot(kernel, receiver);
  return true;
}

/** Whether a message travels in registers alone. */
function isPlain(info: number): boolean {
  return (info & EXTRA_CAPS_MASK) === 0 && (info & 0x7f) <= MESSAGE_REGISTERS;
}

/**
 * Whether the scheduler would choose `next` once the current thread stops, without a look at anybody's budget. Every exit
 * from the kernel leaves the scheduler with nothing to do, and the current thread in no queue; `next` waits for a message
 * or a reply without a budget of its own, and is in none either.
 */
function canSwitchTo(kernel: KernelState, next: Tcb): boolean {
  const { scheduler } = kernel;
  if (next.domain !== scheduler.currentDomain || next.yieldTo !== null) return false;
  const released = scheduler.releaseHead?.schedContext ?? null;
  if (released !== null && isRefillReady(kernel, released)) return false;
  return highestReadyPriority(kernel) <= next.priority;
}

function copyPlain(sender: Tcb, receiver: Tcb, info: number, badge: number): void {
  const from = sender.context;
  const to = receiver.context;
  const length = info & 0x7f;
  for (let index = 0; index < length; index++)
    to[FIRST_MESSAGE_REGISTER + index] = from[FIRST_MESSAGE_REGISTER + index] ?? 0;
  to[INFO_REGISTER] = info & PLAIN_INFO_MASK;
  to[CPTR_REGISTER] = badge;
}

/** The upper halves of what {@link copyPlain} copies. */
function copyPlainHigh(sender: Tcb, receiver: Tcb, info: number, badgeHigh: number): void {
  const from = sender.context;
  const to = receiver.context;
  const length = info & 0x7f;
  for (let index = 0; index < length; index++) {
    const high = CONTEXT_HIGH + FIRST_MESSAGE_REGISTER + index;
    to[high] = from[high] ?? 0;
  }
  to[CONTEXT_HIGH + INFO_REGISTER] = highOf(from, INFO_REGISTER);
  to[CONTEXT_HIGH + CPTR_REGISTER] = badgeHigh;
}

/** The caller waits on the reply object, and its budget is the callee's. */
function pushDonated(donated: SchedContext, caller: Tcb, callee: Tcb, reply: Reply): void {
  reply.tcb = caller;
  caller.reply = reply;
  caller.state = ThreadState.BlockedOnReply;
  const older = donated.reply;
  reply.prev = older;
  if (older !== null) older.next = reply;
  reply.next = donated;
  donated.reply = reply;
  caller.schedContext = null;
  donated.tcb = callee;
  callee.schedContext = donated;
}

/** The caller gets its budget back, and nobody waits on the reply object. */
function popDonated(donated: SchedContext, callee: Tcb, caller: Tcb, reply: Reply): void {
  const { prev } = reply;
  donated.reply = prev;
  if (prev !== null) prev.next = donated;
  reply.prev = null;
  reply.next = null;
  callee.schedContext = null;
  donated.tcb = caller;
  caller.schedContext = donated;
  caller.reply = null;
}

function waitForCaller(server: Tcb, endpoint: Endpoint, reply: Reply): void {
  server.blockedOn = endpoint;
  server.reply = reply;
  reply.tcb = server;
  server.state = ThreadState.BlockedOnReceive;
  enqueueWaiter(endpoint, server);
  endpoint.state = EndpointState.Receive;
}
