import type { SchedContext } from "../objects.ts";
import { isRefillReady, MIN_REFILLS, maxRefills } from "../refills.ts";
import type { KernelState } from "../state.ts";
import { type InvariantView, type KernelInvariant, nameOfObject, type Report } from "./view.ts";

/** Budgets. */
export const accountingInvariants: readonly KernelInvariant[] = [
  {
    name: "cur_sc_tcb",
    with: ["cur_sc_chargeable", "cur_sc_active"],
    states: "the thread that goes on is charged to its own scheduling context, which is configured",
    here: "the idle thread is charged to its own, which has no budget",
    check: ({ kernel: { current, idle, currentSchedContext } }, report) => {
      if (current.schedContext !== currentSchedContext)
        report(`${current.name} is charged to another's context`);
      if (current !== idle && currentSchedContext.refillMax === 0)
        report(`${current.name} has no budget`);
    },
  },
  {
    name: "cur_sc_offset_ready",
    with: [],
    states: "the budget that is being used is due",
    here: "on the CantripOS fork, or will be within the time that the kernel takes at most",
    check: ({ kernel }, report) => {
      const { current, idle, currentSchedContext } = kernel;
      if (current !== idle && !isRefillReady(kernel, currentSchedContext))
        report(`${current.name} runs before its time`);
    },
  },
  {
    name: "valid_refills",
    with: ["rr_valid_refills", "sp_valid_refills", "active_scs_valid"],
    states:
      "a configured context has refills: no more than it may have, each with time in it, the first enough to run, one behind the other without overlap, the last one beginning within a period of the first; together they are the budget; round robin has two, of any times; a context that is not configured has no budget",
    here: "on the CantripOS fork, whose refills may start before their time, the first and the last are so much further apart",
    check: checkRefills,
  },
  {
    name: "consumed_time_bounded",
    with: ["valid_machine_time"],
    states:
      "no more was consumed than time has passed, and the kernel's time is not ahead of the clock",
    here: "nor less than nothing, by any context",
    check: ({ kernel, objects }, report) => {
      const { consumed, currentTime } = kernel.scheduler;
      if (consumed < 0 || consumed > currentTime) report(`${consumed} until ${currentTime}`);
      for (const object of objects)
        if (object.kind === "schedContext" && !(object.consumed >= 0))
          report(`${nameOfObject(object)} consumed ${object.consumed}`);
    },
  },
];

function checkRefills({ kernel, objects }: InvariantView, report: Report): void {
  const least = kernel.minBudget;
  for (const object of objects) {
    if (object.kind !== "schedContext") continue;
    for (const problem of problemsOf(
      kernel,
      object,
      least,
      kernel.config.checks.readiesRefillsEarly ? kernel.minBudget / 2 : 0,
    ))
      report(`${nameOfObject(object)}: ${problem}`);
  }
}

function* problemsOf(
  kernel: KernelState,
  object: SchedContext,
  least: number,
  early: number,
): Generator<string> {
  const { refills, refillMax, period, budget } = object;
  if (refillMax === 0) {
    if (budget !== 0) yield `not configured, with a budget of ${budget}`;
    return;
  }
  const [head] = refills;
  if (head === undefined || refills.length > refillMax || refillMax > maxRefills(kernel, object)) {
    yield `${refills.length} of ${refillMax} refills`;
    return;
  }
  if (head.amount < least) yield `the first refill is ${head.amount}`;
  const granted = refills.reduce((sum, { amount }) => sum + amount, 0);
  if (granted !== budget || budget < least) yield `${granted} granted of ${budget}`;
  if (period === 0) {
    if (refills.length !== MIN_REFILLS) yield "round robin";
    return;
  }
  if (budget > period) yield `a budget of ${budget} in ${period}`;
  let end = Number.NEGATIVE_INFINITY;
  for (const { time, amount } of refills) {
    if (amount <= 0 || time < end) yield `refill of ${amount} at ${time}`;
    end = time + amount;
  }
  if ((refills.at(-1)?.time ?? 0) > head.time + period + early) yield "refills beyond a period";
}
