import { unmapPage, deleteAsidPool, deletePageTable } from "./vspace.ts";
import { cancelAllIpc } from "./endpoint.ts";
import { deletedIrqHandler } from "./irq.ts";
import {
  cancelAllSignals,
  unbindMaybeNotification,
  unbindNotification,
  schedContextUnbindNotification,
} from "./notification.ts";
import { CapType, type NullCap, nullCap, type Slot, TcbSlot, type ZombieCap } from "./objects.ts";
import { slotAt } from "./lookup.ts";
import { preemptionPoint } from "./preemption.ts";
import { finaliseReply } from "./reply.ts";
import {
  schedContextUnbindAllTcbs,
  schedContextUnbindReply,
  schedContextUnbindTcb,
  completeYieldTo,
} from "./sched-context.ts";
import { hasChildren, isFinalCapability, cteSwap, removeSlot } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { forgetThread, suspend } from "./thread.ts";

/** What is left after an object was finalised. */
interface Finalised {
  /** Null, or a zombie whose slots must be emptied. */
  readonly remainder: NullCap | ZombieCap;
  /** Interrupt whose handler is gone, after the slot was emptied. */
  readonly irq: number;
}

const NOTHING: Finalised = { remainder: nullCap, irq: -1 };

/** Releases what a capability stands for (`finaliseCap`). */
function finaliseCap(kernel: KernelState, slot: Slot, isFinal: boolean): Finalised {
  const { cap } = slot;
  switch (cap.type) {
    case CapType.Frame:
      if (cap.asid !== 0) unmapPage(kernel, cap);
      return NOTHING;
    case CapType.PageTable:
      if (isFinal && cap.isMapped) deletePageTable(kernel, cap);
      return NOTHING;
    default:
      break;
  }
  if (!isFinal) return NOTHING;
  switch (cap.type) {
    case CapType.Endpoint:
      cancelAllIpc(kernel, cap.object);
      forget(kernel, cap.object.paddr);
      return NOTHING;
    case CapType.Notification:
      schedContextUnbindNotification(cap.object);
      unbindMaybeNotification(cap.object);
      cancelAllSignals(kernel, cap.object);
      forget(kernel, cap.object.paddr);
      return NOTHING;
    case CapType.Reply:
      finaliseReply(kernel, cap.object);
      forget(kernel, cap.object.paddr);
      return NOTHING;
    case CapType.CNode:
      return {
        remainder: { type: CapType.Zombie, object: cap.object, count: cap.object.slots.length },
        irq: -1,
      };
    case CapType.Thread: {
      const tcb = cap.object;
      unbindNotification(tcb);
      if (tcb.schedContext !== null) {
        completeYieldTo(kernel, tcb.schedContext.yieldFrom);
        schedContextUnbindTcb(kernel, tcb.schedContext);
      }
      suspend(kernel, tcb);
      forgetThread(kernel, tcb);
      return { remainder: { type: CapType.Zombie, object: tcb, count: TcbSlot.Count }, irq: -1 };
    }
    case CapType.SchedContext:
      schedContextUnbindAllTcbs(kernel, cap.object);
      if (cap.object.notification !== null) schedContextUnbindNotification(cap.object.notification);
      schedContextUnbindReply(cap.object);
      completeYieldTo(kernel, cap.object.yieldFrom);
      cap.object.refillMax = 0;
      cap.object.budget = 0;
      forget(kernel, cap.object.paddr);
      return NOTHING;
    case CapType.IrqHandler: {
      cteDeleteOne(kernel, slotAt(kernel.irqSlots, cap.irq));
      return { remainder: nullCap, irq: cap.irq };
    }
    case CapType.AsidPool:
      deleteAsidPool(kernel, cap.object);
      forget(kernel, cap.object.paddr);
      return NOTHING;
    case CapType.Zombie:
      return { remainder: cap, irq: -1 };
    default:
      return NOTHING;
  }
}

function forget(kernel: KernelState, paddr: number): void {
  kernel.objectsByPaddr.delete(paddr);
}

function emptySlot(kernel: KernelState, slot: Slot, irq: number): void {
  removeSlot(slot);
  if (irq >= 0) deletedIrqHandler(kernel, irq);
}

/** Deletes a capability that needs no zombie (`cteDeleteOne`). */
export function cteDeleteOne(kernel: KernelState, slot: Slot): void {
  if (slot.cap.type === CapType.Null) return;
  const { irq } = finaliseCap(kernel, slot, isFinalCapability(slot));
  emptySlot(kernel, slot, irq);
}

/** Whether nothing can be reached through a zombie any more, or it is a zombie of itself. */
function isRemovable(cap: ZombieCap, slot: Slot): boolean {
  return cap.count === 0 || (cap.count === 1 && cap.object.slots[0] === slot);
}

/** Result of {@link finaliseSlot}. */
interface Outcome {
  readonly exception: Exception;
  /** Whether the slot may be emptied. */
  readonly isDone: boolean;
  readonly irq: number;
}

const DONE: Outcome = { exception: Exception.None, isDone: true, irq: -1 };

/** Destroys a capability step by step, with a pre-emption point after each (`finaliseSlot`). */
function finaliseSlot(kernel: KernelState, slot: Slot, isExposed: boolean): Outcome {
  while (slot.cap.type !== CapType.Null) {
    const isFinal = isFinalCapability(slot);
    const { remainder, irq } = finaliseCap(kernel, slot, isFinal);
    if (remainder.type === CapType.Null || isRemovable(remainder, slot)) {
      if (remainder.type === CapType.Zombie) forget(kernel, remainder.object.paddr);
      return irq < 0 ? DONE : { exception: Exception.None, isDone: true, irq };
    }
    slot.cap = remainder;
    if (!isExposed && remainder.object.slots[0] === slot) {
      return { exception: Exception.None, isDone: false, irq: -1 };
    }
    const reduced = reduceZombie(kernel, slot, remainder, isExposed);
    if (reduced !== Exception.None) return { exception: reduced, isDone: false, irq: -1 };
    const preempted = preemptionPoint(kernel);
    if (preempted !== Exception.None) return { exception: preempted, isDone: false, irq: -1 };
  }
  return DONE;
}

/** Empties one slot of a zombie, or moves the zombie out of the way (`reduceZombie`). */
function reduceZombie(
  kernel: KernelState,
  slot: Slot,
  zombie: ZombieCap,
  isExposed: boolean,
): Exception {
  const { object, count } = zombie;
  if (!isExposed) {
    const first = slotAt(object.slots, 0);
    cteSwap(zombie, slot, first.cap, first);
    return Exception.None;
  }
  const end = slotAt(object.slots, count - 1);
  const exception = cteDelete(kernel, end, false);
  if (exception !== Exception.None) return exception;
  const after = slot.cap;
  // The deletion may have finished the zombie, or left its own in the slot.
  if (after.type === CapType.Zombie && after.object === object && end.cap.type === CapType.Null)
    slot.cap = { type: CapType.Zombie, object, count: count - 1 };
  return Exception.None;
}

/**
 * Deletes a capability, and what it alone stands for (`cteDelete`).
 *
 * @param isExposed - the slot is one that a user named, and may be left with a zombie when pre-empted
 */
export function cteDelete(kernel: KernelState, slot: Slot, isExposed: boolean): Exception {
  const { exception, isDone, irq } = finaliseSlot(kernel, slot, isExposed);
  if (exception !== Exception.None) return exception;
  if ((isExposed || isDone) && slot.cap.type !== CapType.Null) emptySlot(kernel, slot, irq);
  return Exception.None;
}

/** Deletes everything that was derived from a capability (`cteRevoke`). */
export function cteRevoke(kernel: KernelState, slot: Slot): Exception {
  while (slot.cap.type !== CapType.Null && slot.mdbNext !== null && hasChildren(slot)) {
    const deleted = cteDelete(kernel, slot.mdbNext, true);
    if (deleted !== Exception.None) return deleted;
    const preempted = preemptionPoint(kernel);
    if (preempted !== Exception.None) return preempted;
  }
  return Exception.None;
}
