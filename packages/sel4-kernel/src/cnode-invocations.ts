import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { cteDelete, cteRevoke } from "./delete.ts";
import { deriveCap, maskCapRights, updateCapData } from "./derive.ts";
import { cancelBadgedSends } from "./endpoint.ts";
import { ensureEmptySlot, lookupSlotForCNodeOp } from "./lookup.ts";
import { type Cap, CapType, type CNodeCap, nullCap, Right, type Slot } from "./objects.ts";
import { cteInsert, cteMove, cteSwap } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseLookup } from "./syscall-error.ts";

/** Invocations of a CNode. */
export function invokeCNode(
  kernel: KernelState,
  label: number,
  cap: CNodeCap,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  if (label < labels.cnodeRevoke || label > labels.cnodeRotate)
    return refuse(kernel, ErrorCode.IllegalOperation);
  if (args.length < 2) return refuse(kernel, ErrorCode.TruncatedMessage);
  const slot = lookupSlotForCNodeOp(kernel, false, cap, args, 0);
  if (slot === null) return Exception.SyscallError;
  switch (label) {
    case labels.cnodeRevoke:
      return cteRevoke(kernel, slot);
    case labels.cnodeDelete:
      return cteDelete(kernel, slot, true);
    case labels.cnodeCancelBadgedSends: {
      const target = slot.cap;
      if (target.type !== CapType.Endpoint || target.rights !== Right.All) {
        return refuse(kernel, ErrorCode.IllegalOperation);
      }
      if (target.badge !== 0 || target.badgeHigh !== 0) cancelBadgedSends(kernel, target);
      return Exception.None;
    }
    case labels.cnodeRotate:
      return rotate(kernel, slot, args);
    default:
      return transfer(kernel, label, slot, args);
  }
}

/** Copy, Mint, Move and Mutate. */
function transfer(
  kernel: KernelState,
  label: number,
  destination: Slot,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  const rootSlot = args.extra(0);
  if (args.length < 4 || rootSlot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (!ensureEmptySlot(kernel, destination)) return Exception.SyscallError;
  const source = lookupSlotForCNodeOp(kernel, true, rootSlot.cap, args, 2);
  if (source === null) return Exception.SyscallError;
  if (source.cap.type === CapType.Null) {
    kernel.lookupFailure = { kind: "missingCapability", bitsLeft: args.arg(3) };
    return refuseLookup(kernel, true);
  }
  // Rights, badge or guard are missed only now.
  const needed = label === labels.cnodeMint ? 6 : label === labels.cnodeMove ? 4 : 5;
  if (args.length < needed) return refuse(kernel, ErrorCode.TruncatedMessage);
  let cap: Cap;
  let isMove = false;
  switch (label) {
    case labels.cnodeCopy:
    case labels.cnodeMint: {
      let masked = maskCapRights(source.cap, args.low(4));
      if (label === labels.cnodeMint) masked = updateCapData(kernel, false, args.data(5), masked);
      const derived = deriveCap(kernel, source, masked);
      if (derived.exception !== Exception.None) return derived.exception;
      ({ cap } = derived);
      break;
    }
    case labels.cnodeMove:
      isMove = true;
      ({ cap } = source);
      break;
    default:
      isMove = true;
      cap = updateCapData(kernel, true, args.data(4), source.cap);
      break;
  }
  if (cap.type === CapType.Null) return refuse(kernel, ErrorCode.IllegalOperation);
  if (isMove) cteMove(cap, source, destination);
  else cteInsert(cap, source, destination);
  return Exception.None;
}

function rotate(kernel: KernelState, destination: Slot, args: InvocationArgs): Exception {
  const pivotRoot = args.extra(0);
  const sourceRoot = args.extra(1);
  if (args.length < 8 || pivotRoot === undefined || sourceRoot === undefined) {
    return refuse(kernel, ErrorCode.TruncatedMessage);
  }
  const source = lookupSlotForCNodeOp(kernel, true, sourceRoot.cap, args, 6);
  if (source === null) return Exception.SyscallError;
  const pivot = lookupSlotForCNodeOp(kernel, true, pivotRoot.cap, args, 3);
  if (pivot === null) return Exception.SyscallError;
  if (pivot === source || pivot === destination) return refuse(kernel, ErrorCode.IllegalOperation);
  if (source !== destination && !ensureEmptySlot(kernel, destination))
    return Exception.SyscallError;
  if (source.cap.type === CapType.Null || pivot.cap.type === CapType.Null) {
    const isSource = source.cap.type === CapType.Null;
    kernel.lookupFailure = { kind: "missingCapability", bitsLeft: args.arg(isSource ? 7 : 4) };
    return refuseLookup(kernel, isSource);
  }
  const newSource = updateCapData(kernel, true, args.data(5), source.cap);
  const newPivot = updateCapData(kernel, true, args.data(2), pivot.cap);
  if (newSource === nullCap || newPivot === nullCap)
    return refuse(kernel, ErrorCode.IllegalOperation);
  if (source === destination) {
    cteSwap(newSource, source, newPivot, pivot);
  } else {
    cteMove(newPivot, pivot, destination);
    cteMove(newSource, source, pivot);
  }
  return Exception.None;
}
