import { powerOfTwo } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";
import {
  cnodeWithGuard,
  endpointWith,
  frameAt,
  frameWithRights,
  notificationWith,
} from "./changed-cap.ts";
import { type Cap, CapType, nullCap, Right, type Slot, VmRights } from "./objects.ts";
import { hasChildren } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse } from "./syscall-error.ts";

/** Result of {@link deriveCap}: the derived capability, or that the invocation was refused. */
export interface Derived {
  readonly exception: Exception;
  readonly cap: Cap;
}

/** Where the guard of a CNode's data is: a word holds its size from `sizeShift` on, and its bits behind it. */
const GUARD_DATA = {
  32: { sizeShift: 3, sizeBits: 5, guardShift: 8, guardBits: 18 },
  64: { sizeShift: 0, sizeBits: 6, guardShift: 6, guardBits: 58 },
} as const;

/** A word that gives a badge, or a guard, in two halves. */
export interface CapData {
  readonly low: number;
  readonly high: number;
}

/** The lowest `bits` bits of 32, all of them from 32 on, none up to 0. */
function lowMask(bits: number): number {
  return bits >= 32 ? -1 : bits <= 0 ? 0 : ~(-1 << bits);
}

/** Rights of a frame capability after masking (`maskVMRights`). */
export function maskVmRights(rights: VmRights, mask: number): VmRights {
  if (rights === VmRights.ReadOnly && (mask & Right.Read) !== 0) return VmRights.ReadOnly;
  if (rights === VmRights.ReadWrite && (mask & Right.Read) !== 0) {
    return (mask & Right.Write) !== 0 ? VmRights.ReadWrite : VmRights.ReadOnly;
  }
  return VmRights.KernelOnly;
}

/** A capability with at most these rights (`maskCapRights`). */
export function maskCapRights(cap: Cap, mask: number): Cap {
  switch (cap.type) {
    case CapType.Endpoint:
      return endpointWith(cap, cap.badge, cap.badgeHigh, cap.rights & mask);
    case CapType.Notification:
      return notificationWith(
        cap,
        cap.badge,
        cap.badgeHigh,
        cap.rights & mask & (Right.Read | Right.Write),
      );
    case CapType.Reply:
      return {
        type: cap.type,
        object: cap.object,
        canGrant: cap.canGrant && (mask & Right.Grant) !== 0,
      };
    case CapType.Frame:
      return frameWithRights(cap, maskVmRights(cap.rights, mask));
    default:
      return cap;
  }
}

/**
 * A capability with another badge or guard (`updateCapData`); the null capability when that is not allowed.
 *
 * @param preserve - Mutate and Rotate: a badge is not changed
 */
export function updateCapData(
  kernel: KernelState,
  preserve: boolean,
  data: CapData,
  cap: Cap,
): Cap {
  switch (cap.type) {
    case CapType.Endpoint:
    case CapType.Notification: {
      if (preserve || cap.badge !== 0 || cap.badgeHigh !== 0) return nullCap;
      const { badgeBits } = kernel.config.settings;
      const badge = (data.low & lowMask(badgeBits)) >>> 0;
      const badgeHigh = (data.high & lowMask(badgeBits - 32)) >>> 0;
      return cap.type === CapType.Endpoint
        ? endpointWith(cap, badge, badgeHigh, cap.rights)
        : notificationWith(cap, badge, badgeHigh, cap.rights);
    }
    case CapType.CNode: {
      const { wordBits } = kernel.config;
      const { sizeShift, sizeBits, guardShift, guardBits } = GUARD_DATA[wordBits];
      const guardSize = (data.low >>> sizeShift) & (powerOfTwo(sizeBits) - 1);
      if (guardSize + cap.object.radix > wordBits) return nullCap;
      const low = ((data.low >>> guardShift) | (data.high << (32 - guardShift))) >>> 0;
      const kept = Math.min(guardSize, guardBits);
      const guard = (low & lowMask(kept)) >>> 0;
      const guardHigh = ((data.high >>> guardShift) & lowMask(kept - 32)) >>> 0;
      return cnodeWithGuard(cap, guard, guardHigh, guardSize);
    }
    default:
      return cap;
  }
}

/** What a copy of a slot's capability is (`deriveCap`); the null capability when it cannot be copied. */
export function deriveCap(kernel: KernelState, slot: Slot, cap: Cap): Derived {
  switch (cap.type) {
    case CapType.Zombie:
    case CapType.IrqControl:
      return { exception: Exception.None, cap: nullCap };
    case CapType.Untyped:
      if (hasChildren(slot))
        return { exception: refuse(kernel, ErrorCode.RevokeFirst), cap: nullCap };
      return { exception: Exception.None, cap: { ...cap } };
    case CapType.Frame:
      return { exception: Exception.None, cap: frameAt(cap, 0, 0) };
    case CapType.PageTable:
      if (!cap.isMapped)
        return { exception: refuse(kernel, ErrorCode.IllegalOperation), cap: nullCap };
      return { exception: Exception.None, cap: { ...cap } };
    default:
      return { exception: Exception.None, cap };
  }
}
