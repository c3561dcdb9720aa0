import { Exception, type KernelState } from "./state.ts";

/** Long operations ask here after each unit of work whether something else must run first (`preemptionPoint`). */
export function preemptionPoint(kernel: KernelState): Exception {
  kernel.workUnits++;
  if (kernel.workUnits < kernel.config.settings.maxNumWorkUnitsPerPreemption) return Exception.None;
  kernel.workUnits = 0;
  if (kernel.port.isInterruptPending()) return Exception.Preempted;
  const { scheduler } = kernel;
  const now = kernel.port.now();
  scheduler.consumed += now - scheduler.currentTime;
  scheduler.currentTime = now;
  const head = kernel.currentSchedContext.refills[0];
  const minBudget = kernel.config.settings.minBudgetUs * kernel.platform.ticksPerUs;
  const isOut = head === undefined || head.amount - scheduler.consumed < minBudget;
  return isOut && kernel.currentSchedContext.refillMax > 0 ? Exception.Preempted : Exception.None;
}
