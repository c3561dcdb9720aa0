import { finishFaultReply } from "./fault.ts";
import {
  type EndpointCap,
  type Endpoint,
  EndpointState,
  NotificationState,
  type Reply,
  Right,
  setWord,
  type Tcb,
  ThreadState,
} from "./objects.ts";
import { clearFaultMessage, transferMessage } from "./message.ts";
import { cancelSignal } from "./notification.ts";
import { dequeueWaiter, enqueueWaiter } from "./queues.ts";
import { pushReply, removeReply, removeReplyOfTcb, unlinkReply } from "./reply.ts";
import { donateSchedContext, maybeDonate, maybeReturn } from "./sched-context.ts";
import { possibleSwitchTo, rescheduleRequired, setThreadState } from "./scheduler.ts";
import { isRefillReady, isRefillSufficient, unblockSporadic } from "./refills.ts";
import { handleTimeout } from "./fault.ts";
import { postpone } from "./scheduler.ts";
import { isRunnable } from "./scheduler.ts";
import type { KernelState } from "./state.ts";

/** `a0`: the badge. */
const BADGE_REGISTER = 10;

/** How a message is sent. */
export interface SendOptions {
  readonly isBlocking: boolean;
  readonly isCall: boolean;
  /** Whether the sender's budget may be lent. */
  readonly canDonate: boolean;
}

/** Sends a message of a thread through a capability of an endpoint (`sendIPC`). */
export function sendIpc(
  kernel: KernelState,
  tcb: Tcb,
  cap: EndpointCap,
  options: SendOptions,
): void {
  const { object: endpoint, badge, badgeHigh, rights } = cap;
  const canGrant = (rights & Right.Grant) !== 0;
  const canGrantReply = (rights & Right.GrantReply) !== 0;
  const receiver = endpoint.state === EndpointState.Receive ? endpoint.head : null;
  if (receiver === null) {
    if (!options.isBlocking) return;
    tcb.blockedOn = endpoint;
    tcb.blockingBadge = badge;
    tcb.blockingBadgeHigh = badgeHigh;
    tcb.blockingCanGrant = canGrant;
    tcb.blockingCanGrantReply = canGrantReply;
    tcb.blockingIsCall = options.isCall;
    setThreadState(kernel, tcb, ThreadState.BlockedOnSend);
    enqueueWaiter(endpoint, tcb);
    endpoint.state = EndpointState.Send;
    return;
  }
  dequeueWaiter(endpoint, receiver);
  receiver.blockedOn = null;
  if (endpoint.head === null) endpoint.state = EndpointState.Idle;
  transferMessage(kernel, tcb, receiver, endpoint, badge, badgeHigh, canGrant);
  const { reply } = receiver;
  if (reply !== null) unlinkReply(reply);
  if (options.isCall || tcb.fault !== null) {
    if (reply !== null && (canGrant || canGrantReply)) {
      pushReply(kernel, tcb, receiver, reply, options.canDonate);
    } else {
      setThreadState(kernel, tcb, ThreadState.Inactive);
    }
  } else if (options.canDonate && receiver.schedContext === null && tcb.schedContext !== null) {
    donateSchedContext(kernel, tcb.schedContext, receiver);
  }
  setThreadState(kernel, receiver, ThreadState.Running);
  unblockSporadic(kernel, receiver.schedContext);
  possibleSwitchTo(kernel, receiver);
}

/** Receives a message (`receiveIPC`). */
export function receiveIpc(
  kernel: KernelState,
  tcb: Tcb,
  cap: EndpointCap,
  reply: Reply | null,
  isBlocking: boolean,
): void {
  const endpoint = cap.object;
  if (reply !== null && reply.tcb !== null && reply.tcb !== tcb) cancelIpc(kernel, reply.tcb);
  const bound = tcb.boundNotification;
  if (bound?.state === NotificationState.Active) {
    setWord(tcb.context, BADGE_REGISTER, bound.word, bound.wordHigh);
    bound.word = 0;
    bound.wordHigh = 0;
    bound.state = NotificationState.Idle;
    maybeDonate(kernel, tcb, bound);
    if (tcb.schedContext === bound.schedContext) unblockSporadic(kernel, tcb.schedContext);
    return;
  }
  if (isBlocking) maybeReturn(kernel, bound, tcb);
  const sender = endpoint.state === EndpointState.Send ? endpoint.head : null;
  if (sender === null) {
    if (!isBlocking) {
      setWord(tcb.context, BADGE_REGISTER, 0, 0);
      return;
    }
    tcb.blockedOn = endpoint;
    tcb.blockingCanGrant = (cap.rights & Right.Grant) !== 0;
    tcb.reply = reply;
    if (reply !== null) reply.tcb = tcb;
    setThreadState(kernel, tcb, ThreadState.BlockedOnReceive);
    enqueueWaiter(endpoint, tcb);
    endpoint.state = EndpointState.Receive;
    return;
  }
  dequeueWaiter(endpoint, sender);
  sender.blockedOn = null;
  if (endpoint.head === null) endpoint.state = EndpointState.Idle;
  const { blockingBadge: badge, blockingBadgeHigh: badgeHigh, blockingCanGrant } = sender;
  transferMessage(kernel, sender, tcb, endpoint, badge, badgeHigh, blockingCanGrant);
  unblockSporadic(kernel, sender.schedContext);
  if (sender.blockingIsCall || sender.fault !== null) {
    if (reply !== null && (sender.blockingCanGrant || sender.blockingCanGrantReply)) {
      const canDonate = sender.schedContext !== null && sender.fault?.kind !== "timeout";
      pushReply(kernel, sender, tcb, reply, canDonate);
    } else {
      setThreadState(kernel, sender, ThreadState.Inactive);
    }
  } else {
    setThreadState(kernel, sender, ThreadState.Running);
    possibleSwitchTo(kernel, sender);
  }
}

/** Answers whoever waits on a reply object (`doReplyTransfer`). */
export function replyTransfer(
  kernel: KernelState,
  sender: Tcb,
  reply: Reply,
  canGrant: boolean,
): void {
  const receiver = reply.tcb;
  if (receiver?.state !== ThreadState.BlockedOnReply) return;
  const hadFault = receiver.fault;
  removeReply(kernel, reply, receiver);
  unblockSporadic(kernel, receiver.schedContext);
  if (hadFault === null) {
    transferMessage(kernel, sender, receiver, null, 0, 0, canGrant);
    setThreadState(kernel, receiver, ThreadState.Running);
  } else {
    finishFaultReply(kernel, sender, receiver, hadFault);
    clearFaultMessage(receiver);
  }
  if (receiver.schedContext === null || !isRunnable(receiver)) return;
  const hasBudget =
    isRefillReady(kernel, receiver.schedContext) &&
    isRefillSufficient(kernel, receiver.schedContext, 0);
  if (hasBudget) {
    possibleSwitchTo(kernel, receiver);
    return;
  }
  if (hadFault?.kind !== "timeout" && handleTimeout(kernel, receiver)) return;
  postpone(kernel, receiver.schedContext);
}

/** A thread stops what it waits for (`cancelIPC`). */
export function cancelIpc(kernel: KernelState, tcb: Tcb): void {
  tcb.fault = null;
  switch (tcb.state) {
    case ThreadState.BlockedOnSend:
    case ThreadState.BlockedOnReceive: {
      const endpoint = tcb.blockedOn;
      if (endpoint?.kind !== "endpoint") return;
      dequeueWaiter(endpoint, tcb);
      tcb.blockedOn = null;
      if (endpoint.head === null) endpoint.state = EndpointState.Idle;
      if (tcb.state === ThreadState.BlockedOnReceive && tcb.reply !== null) unlinkReply(tcb.reply);
      setThreadState(kernel, tcb, ThreadState.Inactive);
      break;
    }
    case ThreadState.BlockedOnNotification:
      if (tcb.blockedOn?.kind === "notification") cancelSignal(kernel, tcb, tcb.blockedOn);
      break;
    case ThreadState.BlockedOnReply:
      removeReplyOfTcb(tcb);
      setThreadState(kernel, tcb, ThreadState.Inactive);
      break;
    default:
      break;
  }
}

/** The endpoint is gone: everyone in its queue makes the system call again (`cancelAllIPC`). */
export function cancelAllIpc(kernel: KernelState, endpoint: Endpoint): void {
  if (endpoint.state === EndpointState.Idle) return;
  endpoint.state = EndpointState.Idle;
  for (let tcb = endpoint.head; tcb !== null; tcb = endpoint.head)
    releaseWaiter(kernel, endpoint, tcb);
  rescheduleRequired(kernel);
}

function releaseWaiter(kernel: KernelState, endpoint: Endpoint, tcb: Tcb): void {
  dequeueWaiter(endpoint, tcb);
  tcb.blockedOn = null;
  if (tcb.reply !== null) unlinkReply(tcb.reply);
  if (tcb.fault !== null) {
    setThreadState(kernel, tcb, ThreadState.Inactive);
    return;
  }
  setThreadState(kernel, tcb, ThreadState.Restart);
  unblockSporadic(kernel, tcb.schedContext);
  possibleSwitchTo(kernel, tcb);
}

/** Senders with a capability's badge make their system call again (`cancelBadgedSends`). */
export function cancelBadgedSends(
  kernel: KernelState,
  { object: endpoint, badge, badgeHigh }: EndpointCap,
): void {
  if (endpoint.state !== EndpointState.Send) return;
  let tcb = endpoint.head;
  while (tcb !== null) {
    const next: Tcb | null = tcb.queueNext;
    if (tcb.blockingBadge === badge && tcb.blockingBadgeHigh === badgeHigh)
      releaseWaiter(kernel, endpoint, tcb);
    tcb = next;
  }
  if (endpoint.head === null) endpoint.state = EndpointState.Idle;
  rescheduleRequired(kernel);
}
