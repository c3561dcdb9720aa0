import {
  type Endpoint,
  EndpointState,
  type Notification,
  NotificationState,
  type Reply,
  type Tcb,
  ThreadState,
} from "../objects.ts";
import { isReleased } from "../refills.ts";
import { isRunnable } from "../scheduler.ts";
import type { KernelState } from "../state.ts";
import { isQueued } from "./objects.ts";
import { type InvariantView, type KernelInvariant, nameOfObject, type Report } from "./view.ts";

/** Queues of threads, and stacks of reply objects. */
export const queueInvariants: readonly KernelInvariant[] = [
  {
    name: "valid_ep",
    with: ["valid_ntfn"],
    states:
      "an endpoint or notification has a queue exactly in the states that say so, no thread is in it twice, and its threads are in the state of waiting there",
    here: "the queue is doubly linked and ends at its tail",
    check: ({ objects }, report) => {
      const members = new Set<Tcb>();
      for (const object of objects)
        if (object.kind === "endpoint" || object.kind === "notification")
          checkQueue(object, members, report);
    },
  },
  {
    name: "sorted_ipc_queues",
    with: ["priority_ordered"],
    states: "the queue of an endpoint or notification is in order of priority",
    here: "",
    check: ({ objects }, report) => {
      for (const object of objects) {
        if (object.kind !== "endpoint" && object.kind !== "notification") continue;
        const seen = new Set<Tcb>();
        for (let tcb = object.head; tcb !== null && !seen.has(tcb); tcb = tcb.queueNext) {
          seen.add(tcb);
          if (tcb.queueNext !== null && tcb.queueNext.priority > tcb.priority)
            report(`${nameOfObject(object)}: ${tcb.queueNext.name} comes behind ${tcb.name}`);
        }
      }
    },
  },
  {
    name: "released_ipc_queues",
    with: ["released_if_bound_sc_tcb_at", "active_if_bound_sc_tcb_at"],
    states:
      "a thread that waits to receive or send has budget that is due, if it has a scheduling context, unless it sends a timeout fault; one that waits for an answer has a configured context, if any",
    here: "",
    check: checkBudgetsOfWaiters,
  },
  {
    name: "valid_ready_qs",
    with: ["valid_bitmaps"],
    states:
      "ready queues hold threads of their priority and domain, once each, that can run and have budget that is due; the bitmap says which are not empty, and its upper level which of its words are not",
    here: "the queues are doubly linked, and each thread knows whether it is in one",
    check: checkReadyQueues,
  },
  {
    name: "valid_release_q",
    with: [],
    states:
      "the release queue holds threads, once each, that can run and have a configured context",
    here: "the queue is doubly linked, and each thread knows whether it is there",
    check: ({ kernel, threads }, report) => {
      const members = releaseQueue(kernel);
      let previous: Tcb | null = null;
      for (const tcb of members) {
        if (tcb.schedPrev !== previous) report(`broken link at ${tcb.name}`);
        if (!isRunnable(tcb) || tcb.schedContext === null || tcb.schedContext.refillMax === 0)
          report(`${tcb.name} cannot run`);
        previous = tcb;
      }
      if (previous !== null && previous.schedNext !== null) report(`${previous.name} twice`);
      for (const tcb of threads)
        if (tcb.inReleaseQueue !== members.has(tcb)) report(`${tcb.name}: its flag is wrong`);
    },
  },
  {
    name: "sorted_release_q",
    with: [],
    states: "the release queue is in order of the times at which budget is due",
    here: "",
    check: ({ kernel }, report) => {
      let earliest = Number.NEGATIVE_INFINITY;
      for (const { name, schedContext } of releaseQueue(kernel)) {
        const time = schedContext?.refills[0]?.time ?? earliest;
        if (time < earliest) report(`${name} is due at ${time}, behind ${earliest}`);
        earliest = time;
      }
    },
  },
  {
    name: "ready_or_release",
    with: [],
    states: "no thread is in a ready queue and in the release queue",
    here: "",
    check: ({ threads }, report) => {
      for (const { inReadyQueue, inReleaseQueue, name } of threads)
        if (inReadyQueue && inReleaseQueue) report(`${name} is in both`);
    },
  },
  {
    name: "valid_replies",
    with: ["replies_with_sc", "replies_blocked", "valid_sched_context"],
    states:
      "a reply object in the stack of a scheduling context is in no other and there once, and its thread waits for the answer",
    here: "a reply object's thread waits for a message or an answer; a reply below another one was lent the same context",
    check: checkReplies,
  },
  {
    name: "active_reply_scs",
    with: [],
    states: "a scheduling context with a stack of replies is configured",
    here: "",
    check: ({ objects }, report) => {
      for (const object of objects)
        if (object.kind === "schedContext" && object.reply !== null && object.refillMax === 0)
          report(`${nameOfObject(object)} was lent without budget`);
    },
  },
];

/** State of a thread that waits in a queue; `undefined`: nobody may wait. */
function stateOfWaiters(queue: Endpoint | Notification): ThreadState | undefined {
  if (queue.kind === "notification")
    return queue.state === NotificationState.Waiting
      ? ThreadState.BlockedOnNotification
      : undefined;
  if (queue.state === EndpointState.Idle) return undefined;
  return queue.state === EndpointState.Send
    ? ThreadState.BlockedOnSend
    : ThreadState.BlockedOnReceive;
}

function checkQueue(queue: Endpoint | Notification, members: Set<Tcb>, report: Report): void {
  const name = nameOfObject(queue);
  const wanted = stateOfWaiters(queue);
  if ((wanted === undefined) !== (queue.head === null))
    report(`${name}: state ${queue.state} does not fit its queue`);
  let previous: Tcb | null = null;
  for (let tcb = queue.head; tcb !== null; tcb = tcb.queueNext) {
    if (members.has(tcb)) {
      report(`${name}: ${tcb.name} is in a queue twice`);
      return;
    }
    members.add(tcb);
    if (tcb.queuePrev !== previous) report(`${name}: broken link at ${tcb.name}`);
    if (wanted !== undefined && tcb.state !== wanted)
      report(`${name}: ${tcb.name} in state ${tcb.state}`);
    previous = tcb;
  }
  if (queue.tail !== previous) report(`${name}: wrong tail`);
}

function checkBudgetsOfWaiters({ kernel, threads }: InvariantView, report: Report): void {
  for (const tcb of threads) {
    const { schedContext, state, fault } = tcb;
    if (schedContext === null) continue;
    const isTimeout = state === ThreadState.BlockedOnSend && fault?.kind === "timeout";
    if (state === ThreadState.BlockedOnReply || isTimeout) {
      if (schedContext.refillMax === 0) report(`${tcb.name} waits without a budget`);
    } else if (isQueued(tcb) && !isReleased(kernel, schedContext)) {
      report(`${tcb.name} waits in state ${state} and would have to wait for its budget`);
    }
  }
}

function checkReadyQueues({ kernel, threads }: InvariantView, report: Report): void {
  const { readyHead, readyTail, readyBitmap, readyWords } = kernel.scheduler;
  readyBitmap.forEach((bits, word) => {
    const hasBit = ((readyWords[word >>> 3] ?? 0) & (1 << (word & 7))) !== 0;
    if (hasBit !== (bits !== 0)) report(`the bit of word ${word} of the bitmap is wrong`);
  });
  const members = new Set<Tcb>();
  readyHead.forEach((head, index) => {
    const hasBit = ((readyBitmap[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
    if (hasBit !== (head !== null)) report(`queue ${index}: the bitmap is wrong`);
    let previous: Tcb | null = null;
    for (let tcb = head; tcb !== null; tcb = tcb.schedNext) {
      if (members.has(tcb)) {
        report(`queue ${index}: ${tcb.name} is in a queue twice`);
        return;
      }
      members.add(tcb);
      if (tcb.schedPrev !== previous) report(`queue ${index}: broken link at ${tcb.name}`);
      if (tcb.domain * 256 + tcb.priority !== index)
        report(`queue ${index}: ${tcb.name} is misplaced`);
      const { schedContext } = tcb;
      if (!isRunnable(tcb) || schedContext === null || !isReleased(kernel, schedContext))
        report(`queue ${index}: ${tcb.name} cannot run`);
      previous = tcb;
    }
    if ((readyTail[index] ?? null) !== previous) report(`queue ${index}: wrong tail`);
  });
  for (const tcb of threads)
    if (tcb.inReadyQueue !== members.has(tcb)) report(`${tcb.name}: its flag is wrong`);
}

function releaseQueue({ scheduler }: KernelState): Set<Tcb> {
  const members = new Set<Tcb>();
  for (let tcb = scheduler.releaseHead; tcb !== null && !members.has(tcb); tcb = tcb.schedNext)
    members.add(tcb);
  return members;
}

function checkReplies({ objects }: InvariantView, report: Report): void {
  const stacked = new Set<Reply>();
  for (const object of objects) {
    if (object.kind !== "schedContext") continue;
    for (let reply = object.reply; reply !== null; reply = reply.prev) {
      if (stacked.has(reply)) {
        report(`${nameOfObject(reply)} is in the stacks twice`);
        break;
      }
      stacked.add(reply);
    }
  }
  for (const object of objects) {
    if (object.kind !== "reply") continue;
    const { tcb, next, prev } = object;
    const isStacked = stacked.has(object) || next !== null || prev !== null;
    if (tcb === null) {
      if (isStacked) report(`${nameOfObject(object)} is in a stack without a thread`);
    } else if (
      tcb.state !== ThreadState.BlockedOnReply &&
      (isStacked || tcb.state !== ThreadState.BlockedOnReceive)
    ) {
      report(`${nameOfObject(object)}: ${tcb.name} does not wait for it`);
    }
  }
}
