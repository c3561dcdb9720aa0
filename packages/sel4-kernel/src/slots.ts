import { type ObjectSizeBits, powerOfTwo } from "@cantrip/sel4-config";
import { type Cap, CapType, nullCap, type Slot } from "./objects.ts";

/** First physical address and size in bytes of what a capability stands for; `undefined` when it is no memory. */
export function physicalRange(
  cap: Cap,
  sizeBits: ObjectSizeBits,
): { readonly base: number; readonly size: number } | undefined {
  switch (cap.type) {
    case CapType.Untyped:
    case CapType.Frame:
      return { base: cap.paddr, size: powerOfTwo(cap.sizeBits) };
    case CapType.Endpoint:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.endpoint) };
    case CapType.Reply:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.reply) };
    case CapType.Notification:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.notification) };
    case CapType.CNode:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.slot + cap.object.radix) };
    case CapType.Thread:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.tcb) };
    case CapType.SchedContext:
      return { base: cap.object.paddr, size: powerOfTwo(cap.object.sizeBits) };
    case CapType.PageTable:
      return { base: cap.paddr, size: powerOfTwo(sizeBits.pageTable) };
    case CapType.AsidPool:
      return { base: cap.object.paddr, size: powerOfTwo(sizeBits.asidPool) };
    case CapType.Zombie:
      return {
        base: cap.object.paddr,
        size:
          cap.object.kind === "cnode"
            ? powerOfTwo(sizeBits.slot + cap.object.radix)
            : powerOfTwo(sizeBits.tcb),
      };
    default:
      return undefined;
  }
}

/** First physical address of what a capability stands for; -1 when it is no memory. */
function baseOf(cap: Cap): number {
  switch (cap.type) {
    case CapType.Untyped:
    case CapType.Frame:
    case CapType.PageTable:
      return cap.paddr;
    case CapType.Endpoint:
    case CapType.Reply:
    case CapType.Notification:
    case CapType.CNode:
    case CapType.Thread:
    case CapType.SchedContext:
    case CapType.AsidPool:
    case CapType.Zombie:
      return cap.object.paddr;
    default:
      return -1;
  }
}

/** Whether `b` stands for the same memory or authority as `a`, or for a part of it (`sameRegionAs`). */
function sameRegionAs(a: Cap, b: Cap): boolean {
  switch (a.type) {
    case CapType.Untyped: {
      const base = baseOf(b);
      // An object that begins in an untyped lies in it as a whole; another untyped may be around it.
      const size =
        b.type === CapType.Untyped || b.type === CapType.Frame ? powerOfTwo(b.sizeBits) : 1;
      return base >= a.paddr && base + size <= a.paddr + powerOfTwo(a.sizeBits);
    }
    case CapType.Frame:
      return (
        b.type === CapType.Frame &&
        b.paddr >= a.paddr &&
        b.paddr + powerOfTwo(b.sizeBits) <= a.paddr + powerOfTwo(a.sizeBits)
      );
    case CapType.Endpoint:
    case CapType.Notification:
    case CapType.Reply:
    case CapType.Thread:
    case CapType.SchedContext:
    case CapType.AsidPool:
    case CapType.CNode:
      return b.type === a.type && b.object === a.object;
    case CapType.PageTable:
      return b.type === CapType.PageTable && b.paddr === a.paddr;
    case CapType.IrqControl:
      return b.type === CapType.IrqControl || b.type === CapType.IrqHandler;
    case CapType.IrqHandler:
      return b.type === CapType.IrqHandler && b.irq === a.irq;
    case CapType.Domain:
    case CapType.SchedControl:
    case CapType.AsidControl:
      return b.type === a.type;
    default:
      return false;
  }
}

/** Whether both stand for the very same object (`sameObjectAs`). */
export function sameObjectAs(a: Cap, b: Cap): boolean {
  if (a.type === CapType.Untyped || a.type === CapType.IrqControl) return false;
  if (a.type === CapType.Frame) {
    return (
      b.type === CapType.Frame &&
      a.paddr === b.paddr &&
      a.sizeBits === b.sizeBits &&
      a.isDevice === b.isDevice
    );
  }
  return sameRegionAs(a, b);
}

/** Whether the capability in `b` was derived from the one in `a` (`isMDBParentOf`). */
export function isMdbParentOf(a: Slot, b: Slot): boolean {
  if (!a.isRevocable || !sameRegionAs(a.cap, b.cap)) return false;
  if (a.cap.type !== CapType.Endpoint && a.cap.type !== CapType.Notification) return true;
  if (a.cap.badge === 0 && a.cap.badgeHigh === 0) return true;
  if (b.cap.type !== CapType.Endpoint && b.cap.type !== CapType.Notification) return false;
  const isSame = a.cap.badge === b.cap.badge && a.cap.badgeHigh === b.cap.badgeHigh;
  return isSame && !b.isFirstBadged;
}

/** Whether anything was derived from the slot's capability. */
export function hasChildren(slot: Slot): boolean {
  return slot.mdbNext !== null && isMdbParentOf(slot, slot.mdbNext);
}

/** Whether no other capability stands for the same object (`isFinalCapability`). */
export function isFinalCapability(slot: Slot): boolean {
  const { mdbPrev, mdbNext, cap } = slot;
  if (mdbPrev !== null && sameObjectAs(mdbPrev.cap, cap)) return false;
  return mdbNext === null || !sameObjectAs(cap, mdbNext.cap);
}

function isCapRevocable(derived: Cap, source: Cap): boolean {
  switch (derived.type) {
    case CapType.Endpoint:
    case CapType.Notification:
      if (source.type !== derived.type) return false;
      return derived.badge !== source.badge || derived.badgeHigh !== source.badgeHigh;
    case CapType.IrqHandler:
      return source.type === CapType.IrqControl;
    case CapType.Untyped:
      return true;
    default:
      return false;
  }
}

function link(slot: Slot, previous: Slot): void {
  slot.mdbPrev = previous;
  slot.mdbNext = previous.mdbNext;
  if (slot.mdbNext !== null) slot.mdbNext.mdbPrev = slot;
  previous.mdbNext = slot;
}

/** Puts a derived capability behind its source (`cteInsert`). */
export function cteInsert(cap: Cap, source: Slot, destination: Slot): void {
  const isRevocable = isCapRevocable(cap, source.cap);
  if (
    source.cap.type === CapType.Untyped &&
    cap.type === CapType.Untyped &&
    source.cap.paddr === cap.paddr &&
    source.cap.sizeBits === cap.sizeBits
  ) {
    source.cap.freeBytes = powerOfTwo(source.cap.sizeBits);
  }
  destination.cap = cap;
  destination.isRevocable = isRevocable;
  destination.isFirstBadged = isRevocable;
  link(destination, source);
}

/** Puts the capability of a new object behind its untyped's (`insertNewCap`). */
export function insertNewCap(parent: Slot, slot: Slot, cap: Cap): void {
  slot.cap = cap;
  slot.isRevocable = true;
  slot.isFirstBadged = true;
  link(slot, parent);
}

/** Puts an original capability that has no parent into an empty slot, at boot. */
export function insertRootCap(slot: Slot, cap: Cap): void {
  slot.cap = cap;
  slot.isRevocable = true;
  slot.isFirstBadged = true;
}

/** Moves a capability to an empty slot, with a new value (`cteMove`). */
export function cteMove(cap: Cap, source: Slot, destination: Slot): void {
  destination.cap = cap;
  destination.mdbPrev = source.mdbPrev;
  destination.mdbNext = source.mdbNext;
  destination.isRevocable = source.isRevocable;
  destination.isFirstBadged = source.isFirstBadged;
  if (destination.mdbPrev !== null) destination.mdbPrev.mdbNext = destination;
  if (destination.mdbNext !== null) destination.mdbNext.mdbPrev = destination;
  clearSlot(source);
}

/** Makes a slot empty without looking at its neighbours. */
function clearSlot(slot: Slot): void {
  slot.cap = nullCap;
  slot.mdbPrev = null;
  slot.mdbNext = null;
  slot.isRevocable = false;
  slot.isFirstBadged = false;
}

/** Exchanges two slots, each with a new value (`cteSwap`). */
export function cteSwap(capA: Cap, a: Slot, capB: Cap, b: Slot): void {
  const scratch = {
    prev: a.mdbPrev,
    next: a.mdbNext,
    isRevocable: a.isRevocable,
    isFirstBadged: a.isFirstBadged,
  };
  const other = { prev: b.mdbPrev, next: b.mdbNext };
  const swap = (slot: Slot | null): Slot | null => (slot === a ? b : slot === b ? a : slot);
  a.cap = capB;
  b.cap = capA;
  a.isRevocable = b.isRevocable;
  a.isFirstBadged = b.isFirstBadged;
  b.isRevocable = scratch.isRevocable;
  b.isFirstBadged = scratch.isFirstBadged;
  a.mdbPrev = swap(other.prev);
  a.mdbNext = swap(other.next);
  b.mdbPrev = swap(scratch.prev);
  b.mdbNext = swap(scratch.next);
  for (const slot of [a, b]) {
    if (slot.mdbPrev !== null) slot.mdbPrev.mdbNext = slot;
    if (slot.mdbNext !== null) slot.mdbNext.mdbPrev = slot;
  }
}

/** Takes a capability out of the list and leaves the slot empty. */
export function removeSlot(slot: Slot): void {
  const { mdbPrev, mdbNext } = slot;
  if (mdbPrev !== null) mdbPrev.mdbNext = mdbNext;
  if (mdbNext !== null) {
    mdbNext.mdbPrev = mdbPrev;
    // Whoever comes next may be the first with its badge now.
    mdbNext.isFirstBadged = mdbNext.isFirstBadged || slot.isFirstBadged;
  }
  clearSlot(slot);
}
