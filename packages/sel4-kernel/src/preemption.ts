import { isRefillSufficient } from "./refills.ts";
import { isDomainExpired, updateTimestamp } from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";

/** Long operations ask here after each unit of work whether something else must run first (`preemptionPoint`). */
export function preemptionPoint(kernel: KernelState): Exception {
  kernel.workUnits++;
  if (kernel.workUnits < kernel.config.settings.maxNumWorkUnitsPerPreemption) return Exception.None;
  kernel.workUnits = 0;
  updateTimestamp(kernel);
  if (kernel.port.isInterruptPending() || isDomainExpired(kernel)) return Exception.Preempted;
  const { currentSchedContext, scheduler } = kernel;
  const hasBudget =
    currentSchedContext.refillMax > 0 &&
    isRefillSufficient(kernel, currentSchedContext, scheduler.consumed);
  return hasBudget ? Exception.None : Exception.Preempted;
}
