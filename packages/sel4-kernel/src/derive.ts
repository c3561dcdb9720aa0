import { ErrorCode } from "@cantrip/sel4-sys";
import { type Cap, CapType, nullCap, Right, type Slot, VmRights } from "./objects.ts";
import { hasChildren } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse } from "./syscall-error.ts";

/** Result of {@link deriveCap}: the derived capability, or that the invocation was refused. */
export interface Derived {
  readonly exception: Exception;
  readonly cap: Cap;
}

/** Bits of a guard on riscv32. */
const GUARD_BITS = 18;

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
      return { ...cap, rights: cap.rights & mask };
    case CapType.Notification:
      return { ...cap, rights: cap.rights & mask & (Right.Read | Right.Write) };
    case CapType.Reply:
      return { ...cap, canGrant: cap.canGrant && (mask & Right.Grant) !== 0 };
    case CapType.Frame:
      return { ...cap, rights: maskVmRights(cap.rights, mask) };
    default:
      return cap;
  }
}

/**
 * A capability with another badge or guard (`updateCapData`); the null capability when that is not allowed.
 *
 * @param preserve - Mutate and Rotate: a badge is not changed
 */
export function updateCapData(kernel: KernelState, preserve: boolean, data: number, cap: Cap): Cap {
  switch (cap.type) {
    case CapType.Endpoint:
    case CapType.Notification: {
      if (preserve || cap.badge !== 0) return nullCap;
      return { ...cap, badge: data & (2 ** kernel.config.settings.badgeBits - 1) };
    }
    case CapType.CNode: {
      const guardSize = (data >>> 3) & 31;
      if (guardSize + cap.object.radix > kernel.config.wordBits) return nullCap;
      const guard = (data >>> 8) & (2 ** GUARD_BITS - 1) & (2 ** guardSize - 1);
      return { ...cap, guard, guardSize };
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
      return { exception: Exception.None, cap: { ...cap, asid: 0, vaddr: 0 } };
    case CapType.PageTable:
      if (!cap.isMapped)
        return { exception: refuse(kernel, ErrorCode.IllegalOperation), cap: nullCap };
      return { exception: Exception.None, cap: { ...cap } };
    default:
      return { exception: Exception.None, cap };
  }
}
