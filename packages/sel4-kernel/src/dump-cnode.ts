import { print } from "./debug.ts";
import { kernelPointer, threadPointer } from "./kernel-pointer.ts";
import { type Cap, CapType, type CNode, type Slot } from "./objects.ts";
import { hasChildren, isFinalCapability, isMdbParentOf } from "./slots.ts";
import type { KernelState } from "./state.ts";

/** `IT_ASID` */
const INITIAL_ASID = 1;

/** Prints every slot of a CNode that holds a capability, as `seL4_DebugDumpCNode` of the CantripOS fork does. */
export function dumpCNode(kernel: KernelState, cnode: CNode): void {
  for (const slot of cnode.slots) {
    if (slot.cap.type === CapType.Null) continue;
    let line = `|- ${describe(kernel, slot)} -> `;
    for (const child of childrenIn(slot, cnode)) line += `${describe(kernel, child)} -> `;
    print(kernel, `${line}null\n`);
  }
}

function childrenIn(slot: Slot, cnode: CNode): Slot[] {
  const children: Slot[] = [];
  if (!hasChildren(slot)) return children;
  for (let next = slot.mdbNext; next !== null && isMdbParentOf(slot, next); next = next.mdbNext) {
    // The last slot does not count as part of the CNode.
    if (next.owner === cnode && next.index < cnode.slots.length - 1) children.push(next);
  }
  return children;
}

function describe(kernel: KernelState, slot: Slot): string {
  const index = slot.index.toString(16).padStart(3, "0");
  const isFinal = isFinalCapability(slot) ? 1 : 0;
  return `${index}. ${describeCap(kernel, slot.cap)} [isFinal=${isFinal}, isRevokable=${slot.isRevocable ? 1 : 0}]`;
}

function describeCap(kernel: KernelState, cap: Cap): string {
  // `0x%p`: a prefix before the one that the kernel's printf puts.
  const pointer = (paddr: number): string => `0x${kernelPointer(kernel, paddr)}`;
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
      return `cap_thread_cap (pptr=0x${threadPointer(kernel, cap.object)})`;
    case CapType.Frame: {
      const isMapped = cap.asid === 0 ? 0 : 1;
      const mapped = `itasid=${cap.asid === INITIAL_ASID ? 1 : 0}, ismapped=${isMapped}, mapped=0x${cap.vaddr.toString(16)}`;
      return `cap_frame_cap (pptr=${pointer(cap.paddr)}, ${mapped}, size=${cap.sizeBits === 12 ? 0 : 1})`;
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
