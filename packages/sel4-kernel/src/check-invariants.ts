import { KernelInvariantError } from "./errors.ts";
import {
  CapType,
  type Endpoint,
  EndpointState,
  type KernelObject,
  type Notification,
  NotificationState,
  type Slot,
  type Tcb,
  ThreadState,
} from "./objects.ts";
import { isMdbParentOf, physicalRange } from "./slots.ts";
import type { KernelState } from "./state.ts";
import { objectBytes } from "./untyped.ts";

/**
 * Checks the whole state of a kernel: derivation lists, objects inside their untypeds and apart from each other, queues,
 * and the links between threads, scheduling contexts and reply objects.
 *
 * @throws KernelInvariantError that lists every violation
 */
export function checkInvariants(kernel: KernelState): void {
  const problems: string[] = [];
  const slots = allSlots(kernel);
  for (const slot of slots) checkLinks(slot, problems);
  checkUntypeds(slots, problems);
  checkOverlaps(kernel, problems);
  for (const object of kernel.objectsByPaddr.values()) checkObject(kernel, object, problems);
  checkReadyQueues(kernel, problems);
  checkDomains(kernel, problems);
  if (problems.length > 0) {
    throw new KernelInvariantError(`${problems.length} violations:\n${problems.join("\n")}`);
  }
}

/** Every slot that holds a capability. */
function allSlots(kernel: KernelState): Slot[] {
  const slots = kernel.irqSlots.filter(({ cap }) => cap.type !== CapType.Null);
  for (const object of kernel.objectsByPaddr.values()) {
    if (object.kind !== "cnode" && object.kind !== "tcb") continue;
    for (const slot of object.slots) if (slot.cap.type !== CapType.Null) slots.push(slot);
  }
  return slots;
}

function nameOf(slot: Slot): string {
  const owner =
    slot.owner === null ? "irq" : `${slot.owner.kind} 0x${slot.owner.paddr.toString(16)}`;
  return `slot ${slot.index} of ${owner} (cap type ${slot.cap.type})`;
}

function checkLinks(slot: Slot, problems: string[]): void {
  const { mdbPrev, mdbNext } = slot;
  if (mdbPrev !== null && mdbPrev.mdbNext !== slot)
    problems.push(`${nameOf(slot)}: its predecessor names another slot`);
  if (mdbNext !== null && mdbNext.mdbPrev !== slot)
    problems.push(`${nameOf(slot)}: its successor names another slot`);
  if (mdbPrev?.cap.type === CapType.Null || mdbNext?.cap.type === CapType.Null) {
    problems.push(`${nameOf(slot)}: an empty slot is in the derivation list`);
  }
}

/** Children of an untyped lie in the part that was carved already. */
function checkUntypeds(slots: readonly Slot[], problems: string[]): void {
  for (const slot of slots) {
    const { cap } = slot;
    if (cap.type !== CapType.Untyped) continue;
    for (
      let child = slot.mdbNext;
      child !== null && isMdbParentOf(slot, child);
      child = child.mdbNext
    ) {
      const range = physicalRange(child.cap);
      if (range === undefined) continue;
      if (range.base + range.size > cap.paddr + cap.freeBytes) {
        problems.push(`${nameOf(child)} lies beyond what was carved from ${nameOf(slot)}`);
      }
    }
  }
}

function checkOverlaps(kernel: KernelState, problems: string[]): void {
  const objects = [...kernel.objectsByPaddr.values()].sort((a, b) => a.paddr - b.paddr);
  objects.forEach((object, index) => {
    const next = objects[index + 1];
    if (next !== undefined && object.paddr + objectBytes(kernel, object) > next.paddr) {
      problems.push(
        `${object.kind} 0x${object.paddr.toString(16)} overlaps ${next.kind} 0x${next.paddr.toString(16)}`,
      );
    }
  });
}

function checkObject(kernel: KernelState, object: KernelObject, problems: string[]): void {
  switch (object.kind) {
    case "endpoint":
    case "notification":
      checkQueue(object, problems);
      break;
    case "tcb":
      checkThread(object, problems);
      break;
    case "schedContext":
      if (object.tcb !== null && object.tcb.schedContext !== object) {
        problems.push(`scheduling context 0x${object.paddr.toString(16)} and its thread disagree`);
      }
      break;
    case "reply":
      if (object.tcb !== null && object.tcb.reply !== object) {
        problems.push(`reply 0x${object.paddr.toString(16)} and its thread disagree`);
      }
      break;
    case "asidPool":
      if (kernel.asidPools[object.index] !== object)
        problems.push(`ASID pool ${object.index} is not registered`);
      break;
    case "cnode":
      break;
  }
}

function checkQueue(queue: Endpoint | Notification, problems: string[]): void {
  const name = `${queue.kind} 0x${queue.paddr.toString(16)}`;
  const isIdle =
    queue.kind === "endpoint"
      ? queue.state === EndpointState.Idle
      : queue.state !== NotificationState.Waiting;
  if (isIdle !== (queue.head === null))
    problems.push(`${name}: state ${queue.state} does not fit its queue`);
  let previous: Tcb | null = null;
  for (let tcb = queue.head; tcb !== null; tcb = tcb.queueNext) {
    if (tcb.queuePrev !== previous) problems.push(`${name}: broken link at ${tcb.name}`);
    if (tcb.blockedOn !== queue) problems.push(`${name}: ${tcb.name} waits for something else`);
    if (previous !== null && previous.priority < tcb.priority)
      problems.push(`${name}: not in order of priority`);
    previous = tcb;
  }
  if (queue.tail !== previous) problems.push(`${name}: wrong tail`);
}

function checkThread(tcb: Tcb, problems: string[]): void {
  const isQueued =
    tcb.state === ThreadState.BlockedOnReceive ||
    tcb.state === ThreadState.BlockedOnSend ||
    tcb.state === ThreadState.BlockedOnNotification;
  if (isQueued !== (tcb.blockedOn !== null))
    problems.push(`${tcb.name}: state ${tcb.state} does not fit what it waits for`);
  if (tcb.schedContext !== null && tcb.schedContext.tcb !== tcb)
    problems.push(`${tcb.name}: its budget belongs to another`);
  if (tcb.state === ThreadState.BlockedOnReply && tcb.reply?.tcb !== tcb)
    problems.push(`${tcb.name}: nobody can answer it`);
  if (tcb.boundNotification !== null && tcb.boundNotification.boundTcb !== tcb) {
    problems.push(`${tcb.name}: its notification is bound to another`);
  }
}

function checkReadyQueues(kernel: KernelState, problems: string[]): void {
  const { readyHead, readyTail, readyBitmap, readyWords } = kernel.scheduler;
  readyBitmap.forEach((bits, word) => {
    const hasBit = ((readyWords[word >>> 3] ?? 0) & (1 << (word & 7))) !== 0;
    if (hasBit !== (bits !== 0)) problems.push(`ready bitmap: the bit of word ${word} is wrong`);
  });
  // Domains have 256 priorities each, as their bits in the bitmap.
  readyHead.forEach((head, index) => {
    const hasBit = ((readyBitmap[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
    if (hasBit !== (head !== null)) problems.push(`ready queue ${index}: the bitmap is wrong`);
    let previous: Tcb | null = null;
    for (let tcb = head; tcb !== null; tcb = tcb.schedNext) {
      if (!tcb.inReadyQueue || tcb.domain * 256 + tcb.priority !== index)
        problems.push(`ready queue ${index}: ${tcb.name} is misplaced`);
      previous = tcb;
    }
    if ((readyTail[index] ?? null) !== previous) problems.push(`ready queue ${index}: wrong tail`);
  });
}

/** Domains exist, the schedule ends and does not start at its end, and the running thread is of the current domain. */
function checkDomains(kernel: KernelState, problems: string[]): void {
  const { currentDomain, domainSchedule, domainStart, action } = kernel.scheduler;
  const { numDomains } = kernel.config.settings;
  for (const object of kernel.objectsByPaddr.values()) {
    if (object.kind === "tcb" && object.domain >= numDomains)
      problems.push(`${object.name}: there is no domain ${object.domain}`);
  }
  domainSchedule.forEach(({ domain, duration }, index) => {
    const isEnd = domain === 0 && duration === 0;
    if (domain >= numDomains || (duration === 0 && !isEnd))
      problems.push(`domain schedule: entry ${index} is no turn`);
    if (isEnd && index === domainStart) problems.push("domain schedule: it starts at its end");
    if (!isEnd && index === domainSchedule.length - 1)
      problems.push("domain schedule: it does not end");
  });
  const { current, idle } = kernel;
  if (action === "resume" && current !== idle && current.domain !== currentDomain)
    problems.push(`${current.name} runs in the time of domain ${currentDomain}`);
}
