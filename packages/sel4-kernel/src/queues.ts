import type { Endpoint, Notification, Tcb } from "./objects.ts";
import type { KernelState } from "./state.ts";

const PRIORITIES = 256;
const WORDS_PER_DOMAIN = PRIORITIES / 32;

/** Puts a thread into the queue of an endpoint or notification: by priority, first come first served inside one. */
export function enqueueWaiter(queue: Endpoint | Notification, tcb: Tcb): void {
  let before: Tcb | null = queue.tail;
  while (before !== null && before.priority < tcb.priority) before = before.queuePrev;
  const after = before === null ? queue.head : before.queueNext;
  tcb.queuePrev = before;
  tcb.queueNext = after;
  if (before === null) queue.head = tcb;
  else before.queueNext = tcb;
  if (after === null) queue.tail = tcb;
  else after.queuePrev = tcb;
}

export function dequeueWaiter(queue: Endpoint | Notification, tcb: Tcb): void {
  const { queuePrev, queueNext } = tcb;
  if (queuePrev === null) queue.head = queueNext;
  else queuePrev.queueNext = queueNext;
  if (queueNext === null) queue.tail = queuePrev;
  else queueNext.queuePrev = queuePrev;
  tcb.queuePrev = null;
  tcb.queueNext = null;
}

function readyIndex(tcb: Tcb): number {
  return tcb.domain * PRIORITIES + tcb.priority;
}

/** Puts a thread at the head of its ready queue (`tcbSchedEnqueue`). */
export function enqueueReady(kernel: KernelState, tcb: Tcb): void {
  if (tcb.inReadyQueue) return;
  const { readyHead, readyTail } = kernel.scheduler;
  const index = readyIndex(tcb);
  const head = readyHead[index] ?? null;
  tcb.schedPrev = null;
  tcb.schedNext = head;
  if (head === null) {
    readyTail[index] = tcb;
    setReadyBit(kernel, tcb, true);
  } else {
    head.schedPrev = tcb;
  }
  readyHead[index] = tcb;
  tcb.inReadyQueue = true;
}

/** Puts a thread at the tail of its ready queue (`tcbSchedAppend`). */
export function appendReady(kernel: KernelState, tcb: Tcb): void {
  if (tcb.inReadyQueue) return;
  const { readyHead, readyTail } = kernel.scheduler;
  const index = readyIndex(tcb);
  const tail = readyTail[index] ?? null;
  tcb.schedNext = null;
  tcb.schedPrev = tail;
  if (tail === null) {
    readyHead[index] = tcb;
    setReadyBit(kernel, tcb, true);
  } else {
    tail.schedNext = tcb;
  }
  readyTail[index] = tcb;
  tcb.inReadyQueue = true;
}

export function dequeueReady(kernel: KernelState, tcb: Tcb): void {
  if (!tcb.inReadyQueue) return;
  const { readyHead, readyTail } = kernel.scheduler;
  const index = readyIndex(tcb);
  const { schedPrev, schedNext } = tcb;
  if (schedPrev === null) readyHead[index] = schedNext;
  else schedPrev.schedNext = schedNext;
  if (schedNext === null) readyTail[index] = schedPrev;
  else schedNext.schedPrev = schedPrev;
  tcb.schedPrev = null;
  tcb.schedNext = null;
  tcb.inReadyQueue = false;
  if ((readyHead[index] ?? null) === null) setReadyBit(kernel, tcb, false);
}

function setReadyBit(kernel: KernelState, tcb: Tcb, isReady: boolean): void {
  const { readyBitmap, readyWords } = kernel.scheduler;
  const { domain, priority } = tcb;
  const word = domain * WORDS_PER_DOMAIN + (priority >>> 5);
  const bit = 1 << (priority & 31);
  const old = readyBitmap[word] ?? 0;
  const bits = isReady ? old | bit : old & ~bit;
  readyBitmap[word] = bits;
  const wordBit = 1 << (priority >>> 5);
  const words = readyWords[domain] ?? 0;
  readyWords[domain] = bits !== 0 ? words | wordBit : words & ~wordBit;
}

/** Highest priority with a ready thread in the current domain; -1 for none. */
export function highestReadyPriority(kernel: KernelState): number {
  const { readyBitmap, readyWords, currentDomain } = kernel.scheduler;
  const words = readyWords[currentDomain] ?? 0;
  if (words === 0) return -1;
  const word = 31 - Math.clz32(words);
  const bits = readyBitmap[currentDomain * WORDS_PER_DOMAIN + word] ?? 0;
  return word * 32 + 31 - Math.clz32(bits);
}

/** First thread of the highest ready queue. */
export function firstReady(kernel: KernelState): Tcb | null {
  const priority = highestReadyPriority(kernel);
  if (priority < 0) return null;
  return kernel.scheduler.readyHead[kernel.scheduler.currentDomain * PRIORITIES + priority] ?? null;
}

/** When a thread in the release queue becomes ready. */
function releaseTime(tcb: Tcb): number {
  return tcb.schedContext?.refills[0]?.time ?? 0;
}

/** Puts a thread that waits for its budget into the release queue, by time (`tcbReleaseEnqueue`). */
export function enqueueRelease(kernel: KernelState, tcb: Tcb): void {
  const { scheduler } = kernel;
  const time = releaseTime(tcb);
  let before: Tcb | null = null;
  let after = scheduler.releaseHead;
  while (after !== null && releaseTime(after) <= time) {
    before = after;
    after = after.schedNext;
  }
  tcb.schedPrev = before;
  tcb.schedNext = after;
  if (before === null) {
    scheduler.releaseHead = tcb;
    scheduler.reprogram = true;
  } else {
    before.schedNext = tcb;
  }
  if (after !== null) after.schedPrev = tcb;
  tcb.inReleaseQueue = true;
}

export function dequeueRelease(kernel: KernelState, tcb: Tcb): void {
  if (!tcb.inReleaseQueue) return;
  const { schedPrev, schedNext } = tcb;
  if (schedPrev === null) {
    kernel.scheduler.releaseHead = schedNext;
    kernel.scheduler.reprogram = true;
  } else {
    schedPrev.schedNext = schedNext;
  }
  if (schedNext !== null) schedNext.schedPrev = schedPrev;
  tcb.schedPrev = null;
  tcb.schedNext = null;
  tcb.inReleaseQueue = false;
}
