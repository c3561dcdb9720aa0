import { print } from "./debug.ts";
import { type Cap, CapType, type CNode, type Slot } from "./objects.ts";
import { hasChildren, isFinalCapability, isMdbParentOf } from "./slots.ts";
import type { KernelState } from "./state.ts";

/** Prints every slot of a CNode that holds a capability, as `seL4_DebugDumpCNode` of the CantripOS fork does. */
export function dumpCNode(kernel: KernelState, cnode: CNode): void {
  for (const slot of cnode.slots) {
    if (slot.cap.type === CapType.Null) continue;
    const index = slot.index.toString(16).padStart(3, "0");
    let line = `|- ${index}. ${describe(slot)} -> `;
    for (const child of childrenIn(slot, cnode)) line += `${describe(child)} -> `;
    print(kernel, `${line}null\n`);
  }
}

function childrenIn(slot: Slot, cnode: CNode): Slot[] {
  const children: Slot[] = [];
  if (!hasChildren(slot)) return children;
  for (let next = slot.mdbNext; next !== null && isMdbParentOf(slot, next); next = next.mdbNext) {
    if (next.owner === cnode) children.push(next);
  }
  return children;
}

function describe(slot: Slot): string {
  const isFinal = isFinalCapability(slot) ? 1 : 0;
  return `${describeCap(slot.cap)} [isFinal=${isFinal}, isRevokable=${slot.isRevocable ? 1 : 0}]`;
}

function pointer(paddr: number): string {
  return `0x${(paddr >>> 0).toString(16)}`;
}

function describeCap(cap: Cap): string {
  switch (cap.type) {
    case CapType.Untyped:
      return `cap_untyped_cap (pptr=${pointer(cap.paddr)}, size=${cap.sizeBits})`;
    case CapType.Endpoint:
      return `cap_endpoint_cap (pptr=${pointer(cap.object.paddr)})`;
    case CapType.Notification:
      return `cap_notification_cap (pptr=${pointer(cap.object.paddr)})`;
    case CapType.Reply:
      return `cap_reply_cap (pptr=${pointer(cap.object.paddr)})`;
    case CapType.CNode:
      return `cap_cnode_cap (pptr=${pointer(cap.object.paddr)}, radix=${cap.object.radix})`;
    case CapType.Thread:
      return `cap_thread_cap (pptr=${pointer(cap.object.paddr)})`;
    case CapType.Frame: {
      const isMapped = cap.asid === 0 ? 0 : 1;
      const mapped = `itasid=${cap.asid}, ismapped=${isMapped}, mapped=0x${cap.vaddr.toString(16)}`;
      return `cap_frame_cap (pptr=${pointer(cap.paddr)}, ${mapped}, size=${cap.sizeBits})`;
    }
    case CapType.Null:
      return "cap_null_cap";
    case CapType.IrqControl:
      return "cap_irq_control_cap";
    case CapType.IrqHandler:
      return "cap_irq_handler_cap";
    case CapType.Zombie:
      return "cap_zombie_cap";
    case CapType.Domain:
      return "cap_domain_cap";
    case CapType.SchedContext:
      return "cap_sched_context_cap";
    case CapType.SchedControl:
      return "cap_sched_control_cap";
    case CapType.PageTable:
      return "cap_page_table_cap";
    case CapType.AsidControl:
      return "cap_asid_control_cap";
    case CapType.AsidPool:
      return "cap_asid_pool_cap";
  }
}
