import type { KernelState as Model, SchedContext, Tcb } from "@cantrip/sel4-kernel";
import { IDLE_CONTEXT, IDLE_THREAD } from "./kernel-state.ts";

/** A thread of the model as a reader names it; 0 for none. */
export function threadAddress(model: Model, tcb: Tcb | null): number {
  if (tcb === null) return 0;
  return tcb === model.idle ? IDLE_THREAD : tcb.paddr;
}

/** A scheduling context of the model as a reader names it; 0 for none. */
export function contextAddress(model: Model, context: SchedContext | null): number {
  if (context === null) return 0;
  return context === model.idle.schedContext ? IDLE_CONTEXT : context.paddr;
}
