import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { cteDeleteOne } from "./delete.ts";
import { ensureEmptySlot, lookupSlotForCNodeOp, slotAt } from "./lookup.ts";
import { CapType, type IrqHandlerCap, Right, type Slot } from "./objects.ts";
import { cteInsert } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseCap, refuseRange } from "./syscall-error.ts";

/** The last handler of an interrupt is gone: nobody may get it any more until it is issued again. */
export function deletedIrqHandler(kernel: KernelState, irq: number): void {
  kernel.irqActive[irq] = false;
  kernel.port.setInterruptMasked(irq, true);
}

/** `seL4_IRQControl_Get` and `seL4_IRQControl_GetTrigger`. */
export function invokeIrqControl(
  kernel: KernelState,
  label: number,
  slot: Slot,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  const hasTrigger = label === labels.riscvIRQIssueIRQHandlerTrigger;
  if (!hasTrigger && label !== labels.irqIssueIRQHandler)
    return refuse(kernel, ErrorCode.IllegalOperation);
  const first = hasTrigger ? 2 : 1;
  const root = args.extra(0);
  if (args.length < first + 2 || root === undefined)
    return refuse(kernel, ErrorCode.TruncatedMessage);
  const irq = args.arg(0);
  const { maxIrq } = kernel.platform;
  if (irq < 1 || irq > maxIrq) return refuseRange(kernel, 1, maxIrq);
  if (kernel.irqActive[irq] === true) return refuse(kernel, ErrorCode.RevokeFirst);
  const destination = lookupSlotForCNodeOp(kernel, false, root.cap, args, first);
  if (destination === null || !ensureEmptySlot(kernel, destination)) return Exception.SyscallError;
  kernel.irqActive[irq] = true;
  kernel.port.setInterruptMasked(irq, false);
  cteInsert({ type: CapType.IrqHandler, irq }, slot, destination);
  return Exception.None;
}

/** `seL4_IRQHandler_Ack`, `SetNotification` and `Clear`. */
export function invokeIrqHandler(
  kernel: KernelState,
  label: number,
  cap: IrqHandlerCap,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  const irqSlot = slotAt(kernel.irqSlots, cap.irq);
  switch (label) {
    case labels.irqAckIRQ:
      kernel.port.completeInterrupt(cap.irq);
      return Exception.None;
    case labels.irqSetIRQHandler: {
      const source = args.extra(0);
      if (source === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
      const { cap: notification } = source;
      if (notification.type !== CapType.Notification || (notification.rights & Right.Write) === 0) {
        return refuseCap(kernel, 0);
      }
      cteDeleteOne(kernel, irqSlot);
      cteInsert(notification, source, irqSlot);
      return Exception.None;
    }
    case labels.irqClearIRQHandler:
      cteDeleteOne(kernel, irqSlot);
      return Exception.None;
    default:
      return refuse(kernel, ErrorCode.IllegalOperation);
  }
}
