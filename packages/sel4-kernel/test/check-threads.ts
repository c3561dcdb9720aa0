import {
  EndpointState,
  type KernelState,
  NotificationState,
  type Tcb,
  ThreadState,
} from "@cantrip/sel4-kernel";

/** Checks what holds between threads, queues, scheduling contexts and replies whenever the kernel is left. */
export function checkThreads(kernel: KernelState): void {
  const fail = (text: string): never => {
    throw new Error(`inconsistent: ${text}`);
  };
  checkReadyQueues(kernel, fail);
  checkReleaseQueue(kernel, fail);
  for (const object of kernel.objectsByPaddr.values()) {
    switch (object.kind) {
      case "endpoint": {
        const queue = [...waiters(object.head)];
        if ((object.state === EndpointState.Idle) !== (queue.length === 0))
          fail("endpoint state and queue");
        const wanted =
          object.state === EndpointState.Send
            ? ThreadState.BlockedOnSend
            : ThreadState.BlockedOnReceive;
        for (const tcb of queue)
          if (tcb.blockedOn !== object || tcb.state !== wanted) fail(`${tcb.name} in a queue`);
        checkOrder(queue, fail);
        break;
      }
      case "notification": {
        const queue = [...waiters(object.head)];
        if ((object.state === NotificationState.Waiting) !== queue.length > 0)
          fail("notification state and queue");
        if (object.boundTcb !== null && object.boundTcb.boundNotification !== object)
          fail("bound notification");
        if (object.schedContext !== null && object.schedContext.notification !== object)
          fail("context of a notification");
        checkOrder(queue, fail);
        break;
      }
      case "schedContext": {
        if (object.tcb !== null && object.tcb.schedContext !== object) fail("context and thread");
        if (object.reply !== null && object.reply.next !== object) fail("context and reply");
        if (object.yieldFrom !== null && object.yieldFrom.yieldTo !== object) fail("yield");
        if (object.refills.length > object.refillMax) fail("too many refills");
        break;
      }
      case "reply": {
        const { tcb, next, prev } = object;
        if (tcb !== null && tcb.reply !== object) fail("reply and thread");
        if (prev !== null && prev.next !== object) fail("reply chain");
        if (next?.kind === "reply" && next.prev !== object) fail("reply chain");
        if (next?.kind === "schedContext" && next.reply !== object) fail("head of a reply chain");
        break;
      }
      case "tcb": {
        if (object.schedContext !== null && object.schedContext.tcb !== object)
          fail(`${object.name} and its context`);
        const isQueued =
          object.state === ThreadState.BlockedOnSend ||
          object.state === ThreadState.BlockedOnReceive ||
          object.state === ThreadState.BlockedOnNotification;
        if (isQueued !== (object.blockedOn !== null)) fail(`${object.name} blocks on something`);
        if (object.state === ThreadState.BlockedOnReply && object.reply?.tcb !== object)
          fail(`${object.name} waits for a reply`);
        break;
      }
      default:
        break;
    }
  }
  if (kernel.current !== kernel.idle && kernel.current.state !== ThreadState.Running)
    fail("the running thread does not run");
  if (kernel.scheduler.action !== "resume") fail("a decision is left");
}

function* waiters(head: Tcb | null): Generator<Tcb> {
  for (let tcb = head; tcb !== null; tcb = tcb.queueNext) yield tcb;
}

function checkOrder(queue: readonly Tcb[], fail: (text: string) => never): void {
  queue.forEach((tcb, index) => {
    const next = queue[index + 1];
    if (next === undefined) return;
    if (next.queuePrev !== tcb) fail("links of a queue");
    if (next.priority > tcb.priority) fail("order of a queue");
  });
}

function checkReadyQueues(kernel: KernelState, fail: (text: string) => never): void {
  const { readyHead, readyTail, readyBitmap, readyWords } = kernel.scheduler;
  readyBitmap.forEach((bits, word) => {
    const bit = ((readyWords[word >>> 3] ?? 0) >>> (word & 7)) & 1;
    if ((bit === 1) !== (bits !== 0)) fail(`bit of word ${word} of the ready bitmap`);
  });
  const found = new Set<Tcb>();
  readyHead.forEach((head, index) => {
    const bit = ((readyBitmap[index >>> 5] ?? 0) >>> (index & 31)) & 1;
    if ((bit === 1) !== (head !== null)) fail(`bitmap of ready queue ${index}`);
    let last: Tcb | null = null;
    for (let tcb = head; tcb !== null; tcb = tcb.schedNext) {
      if (tcb.schedPrev !== last) fail("links of a ready queue");
      if (tcb.domain * 256 + tcb.priority !== index || !tcb.inReadyQueue)
        fail(`${tcb.name} in a ready queue`);
      const isRunnable = tcb.state === ThreadState.Running || tcb.state === ThreadState.Restart;
      if (!isRunnable || tcb.schedContext === null) fail(`${tcb.name} is ready but cannot run`);
      found.add(tcb);
      last = tcb;
    }
    if ((readyTail[index] ?? null) !== last) fail("tail of a ready queue");
  });
  for (const object of kernel.objectsByPaddr.values())
    if (object.kind === "tcb" && object.inReadyQueue !== found.has(object))
      fail(`${object.name} and its ready flag`);
}

function checkReleaseQueue(kernel: KernelState, fail: (text: string) => never): void {
  let last: Tcb | null = null;
  for (let tcb = kernel.scheduler.releaseHead; tcb !== null; tcb = tcb.schedNext) {
    if (tcb.schedPrev !== last || !tcb.inReleaseQueue) fail("links of the release queue");
    const time = tcb.schedContext?.refills[0]?.time ?? fail("a context in the release queue");
    if (time < (last?.schedContext?.refills[0]?.time ?? 0)) fail("order of the release queue");
    last = tcb;
  }
}
