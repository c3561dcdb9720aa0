import type { InvocationArgs } from "./args.ts";
import {
  type Cap,
  CapType,
  type CNodeCap,
  type LookupFailure,
  type Slot,
  type Tcb,
  TcbSlot,
} from "./objects.ts";
import { hasChildren } from "./slots.ts";
import type { KernelState } from "./state.ts";
import { refuse, refuseLookup, refuseRange } from "./syscall-error.ts";
import { ErrorCode } from "@cantrip/sel4-sys";

const INVALID_ROOT: LookupFailure = { kind: "invalidRoot" };

/**
 * Follows a CPtr through CNodes (`resolveAddressBits`). A failure is left in the kernel's state.
 *
 * @param cptrHigh - its upper half; 0 on a 32-bit kernel
 * @param bits - how many bits of it to resolve: 1 to those of a word
 */
export function resolveAddressBits(
  kernel: KernelState,
  root: Cap,
  cptr: number,
  cptrHigh: number,
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
    if (guardSize > bitsLeft || !hasGuard(node, cptr, cptrHigh, bitsLeft - guardSize)) {
      kernel.lookupFailure = {
        kind: "guardMismatch",
        guardFound: node.guard,
        guardFoundHigh: node.guardHigh,
        bitsLeft,
        bitsFound: guardSize,
      };
      return null;
    }
    if (levelBits > bitsLeft) {
      kernel.lookupFailure = { kind: "depthMismatch", bitsFound: levelBits, bitsLeft };
      return null;
    }
    const slot = slotAt(node.object.slots, field(cptr, cptrHigh, bitsLeft - levelBits, radix));
    bitsLeft -= levelBits;
    if (bitsLeft === 0 || slot.cap.type !== CapType.CNode) {
      kernel.lookupBitsRemaining = bitsLeft;
      return slot;
    }
    node = slot.cap;
  }
}

/** Whether the bits of a CPtr from `shift` on are the guard. */
function hasGuard(
  { guard, guardHigh, guardSize }: CNodeCap,
  cptr: number,
  cptrHigh: number,
  shift: number,
): boolean {
  if (guardSize === 0) return guard === 0;
  if (guardSize < 32) return field(cptr, cptrHigh, shift, guardSize) === guard;
  // All of the lower half, and what of the upper one the guard has.
  const isLow = bitsFrom(cptr, cptrHigh, shift) >>> 0 === guard;
  return isLow && ((cptrHigh >>> shift) & ~(-1 << (guardSize - 32))) === guardHigh;
}

/** Up to 31 bits of a word: no CNode's radix is more. */
function field(low: number, high: number, shift: number, bits: number): number {
  return bitsFrom(low, high, shift) & ~(-1 << bits);
}

/** 32 bits of a word. */
function bitsFrom(low: number, high: number, shift: number): number {
  // In two steps, because a shift by 32 is none.
  return shift < 32 ? (low >>> shift) | ((high << 1) << (31 - shift)) : high >>> (shift - 32);
}

/** Slot of a capability in a thread's CSpace; bits that are left over do not matter. */
export function lookupSlot(
  kernel: KernelState,
  tcb: Tcb,
  cptr: number,
  cptrHigh: number,
): Slot | null {
  const root = capOf(tcb, TcbSlot.CTable);
  return resolveAddressBits(kernel, root, cptr, cptrHigh, kernel.config.wordBits);
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
 * @param at - argument that is the index; the next one is the depth
 */
export function lookupSlotForCNodeOp(
  kernel: KernelState,
  isSource: boolean,
  root: Cap,
  args: InvocationArgs,
  at: number,
): Slot | null {
  const depth = args.arg(at + 1);
  if (root.type !== CapType.CNode) {
    kernel.lookupFailure = INVALID_ROOT;
    refuseLookup(kernel, isSource);
    return null;
  }
  if (depth < 1 || depth > kernel.config.wordBits) {
    refuseRange(kernel, 1, kernel.config.wordBits);
    return null;
  }
  const slot = resolveAddressBits(kernel, root, args.low(at), args.high(at), depth);
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
