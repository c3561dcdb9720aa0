import { type Cap, CapType } from "@cantrip/sel4-kernel";
import { mapping } from "./cap-fields.ts";
import type { Fields } from "./kernel-state.ts";

/** A capability of the model as a reader shows it. */
export function modelCap(cap: Cap): Fields {
  const { type } = cap;
  switch (cap.type) {
    case CapType.Untyped: {
      const { paddr: object, sizeBits, isDevice, freeBytes } = cap;
      return { type, object, sizeBits, isDevice: isDevice ? 1 : 0, freeBytes };
    }
    case CapType.Endpoint:
    case CapType.Notification:
      return { type, object: cap.object.paddr, badge: cap.badge >>> 0, rights: cap.rights };
    case CapType.Reply:
      return { type, object: cap.object.paddr, canGrant: cap.canGrant ? 1 : 0 };
    case CapType.CNode: {
      const { object, guard, guardSize } = cap;
      return { type, object: object.paddr, radix: object.radix, guard, guardSize };
    }
    case CapType.Thread:
      return { type, object: cap.object.paddr };
    case CapType.IrqHandler:
      return { type, irq: cap.irq };
    case CapType.Zombie: {
      const { object, count } = cap;
      return {
        type,
        object: object.paddr,
        count,
        radix: object.kind === "tcb" ? -1 : object.radix,
      };
    }
    case CapType.SchedContext:
      return { type, object: cap.object.paddr, sizeBits: cap.object.sizeBits };
    case CapType.SchedControl:
      return { type, core: cap.core };
    case CapType.Frame: {
      const { paddr: object, sizeBits, rights, isDevice, asid, vaddr } = cap;
      return {
        type,
        object,
        sizeBits,
        rights,
        isDevice: isDevice ? 1 : 0,
        ...mapping(asid, vaddr),
      };
    }
    case CapType.PageTable: {
      const { paddr: object, isMapped, asid, vaddr } = cap;
      return { type, object, isMapped: isMapped ? 1 : 0, ...mapping(isMapped ? asid : 0, vaddr) };
    }
    case CapType.AsidPool:
      return { type, object: cap.object.paddr, index: cap.object.index };
    default:
      return { type };
  }
}
