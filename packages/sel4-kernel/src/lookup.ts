import { type Cap, CapType, type LookupFailure, type Slot, type Tcb, TcbSlot } from "./objects.ts";
import { hasChildren } from "./slots.ts";
import type { KernelState } from "./state.ts";
import { refuse, refuseLookup, refuseRange } from "./syscall-error.ts";
import { ErrorCode } from "@cantrip/sel4-sys";

const INVALID_ROOT: LookupFailure = { kind: "invalidRoot" };

/**
 * Follows a CPtr through CNodes (`resolveAddressBits`). A failure is left in the kernel's state.
 *
 * @param bits - how many bits of `cptr` to resolve, 1..32
 */
export function resolveAddressBits(
  kernel: KernelState,
  root: Cap,
  cptr: number,
  bits: number,
): Slot | null {
  if (root.type !== CapType.CNode) {
    kernel.lookupFailure = INVALID_ROOT;
    return null;
  }
  let node = root;
  let bitsLeft = bits;
  for (;;) {
    const { radix } = node.object;
    const { guardSize } = node;
    const levelBits = radix + guardSize;
    const guard =
      guardSize === 0 || guardSize > bitsLeft ? 0 : field(cptr, bitsLeft - guardSize, guardSize);
    if (guardSize > bitsLeft || guard !== node.guard) {
      kernel.lookupFailure = {
        kind: "guardMismatch",
        guardFound: node.guard,
        bitsLeft,
        bitsFound: guardSize,
      };
      return null;
    }
    if (levelBits > bitsLeft) {
      kernel.lookupFailure = { kind: "depthMismatch", bitsFound: levelBits, bitsLeft };
      return null;
    }
    const slot = slotAt(node.object.slots, field(cptr, bitsLeft - levelBits, radix));
    bitsLeft -= levelBits;
    if (bitsLeft === 0 || slot.cap.type !== CapType.CNode) {
      kernel.lookupBitsRemaining = bitsLeft;
      return slot;
    }
    node = slot.cap;
  }
}

function field(value: number, shift: number, bits: number): number {
  // A field is no wider than a guard (31 bits) or a CNode's radix.
  return (value >>> shift) & ~(-1 << bits);
}

/** Slot of a capability in a thread's CSpace; bits that are left over do not matter. */
export function lookupSlot(kernel: KernelState, tcb: Tcb, cptr: number): Slot | null {
  return resolveAddressBits(kernel, capOf(tcb, TcbSlot.CTable), cptr, kernel.config.wordBits);
}

/** A slot that a table has: whoever asks knows that the index is right. */
export function slotAt(slots: readonly Slot[], index: number): Slot {
  const slot = slots[index];
  if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
  return slot;
}

/** A TCB's own capability. */
export function capOf(tcb: Tcb, index: number): Cap {
  return slotAt(tcb.slots, index).cap;
}

/**
 * The slot that a CNode operation names (`lookupSlotForCNodeOp`); `null` when the invocation was refused.
 *
 * @param isSource - which lookup it is, for the error
 */
export function lookupSlotForCNodeOp(
  kernel: KernelState,
  isSource: boolean,
  root: Cap,
  index: number,
  depth: number,
): Slot | null {
  if (root.type !== CapType.CNode) {
    kernel.lookupFailure = INVALID_ROOT;
    refuseLookup(kernel, isSource);
    return null;
  }
  if (depth < 1 || depth > kernel.config.wordBits) {
    refuseRange(kernel, 1, kernel.config.wordBits);
    return null;
  }
  const slot = resolveAddressBits(kernel, root, index, depth);
  if (slot === null) {
    refuseLookup(kernel, isSource);
    return null;
  }
  const bitsLeft = kernel.lookupBitsRemaining;
  if (bitsLeft !== 0) {
    kernel.lookupFailure = { kind: "depthMismatch", bitsFound: 0, bitsLeft };
    refuseLookup(kernel, isSource);
    return null;
  }
  return slot;
}

/** Whether a slot's capability has no children; else leaves `RevokeFirst` as the last error (`ensureNoChildren`). */
export function ensureNoChildren(kernel: KernelState, slot: Slot): boolean {
  if (!hasChildren(slot)) return true;
  refuse(kernel, ErrorCode.RevokeFirst);
  return false;
}

/** Whether a slot is empty; refuses with `DeleteFirst` otherwise (`ensureEmptySlot`). */
export function ensureEmptySlot(kernel: KernelState, slot: Slot): boolean {
  if (slot.cap.type === CapType.Null) return true;
  refuse(kernel, ErrorCode.DeleteFirst);
  return false;
}
