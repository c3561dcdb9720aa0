import type { DomainSchedule } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { CapType } from "./objects.ts";
import { dequeueReady, enqueueReady } from "./queues.ts";
import type { DomainEntry } from "./scheduler-state.ts";
import { isSchedulable, rescheduleRequired } from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseArgument, refuseRange } from "./syscall-error.ts";

/** For ever: `DSCHED_MAX_DURATION`, 56 bits of ticks (as near as a double comes). */
const MAX_DURATION = 2 ** 56;
/** What the upper word of a duration stays below. */
const MAX_DURATION_HIGH = 2 ** 24;
const END: DomainEntry = { domain: 0, duration: 0 };

/** The schedule that the kernel boots with; an end marker is last. */
export function bootSchedule(schedule: DomainSchedule, ticksPerUs: number): DomainEntry[] {
  if (schedule.kind === "compiled") {
    const turns = schedule.turns.map(({ domain, length }) => ({
      domain,
      duration: length * 1000 * ticksPerUs,
    }));
    return [...turns, { ...END }];
  }
  return Array.from({ length: schedule.length }, (_, index) =>
    index === 0 ? { domain: 0, duration: MAX_DURATION } : { ...END },
  );
}

/** Invocations of the domain capability. */
export function invokeDomain(kernel: KernelState, label: number, args: InvocationArgs): Exception {
  const { label: labels } = kernel.config;
  switch (label) {
    case labels.domainSetSet:
      return setDomain(kernel, args);
    case labels.domainScheduleConfigure:
      return configureSchedule(kernel, args);
    case labels.domainScheduleSetStart:
      return setScheduleStart(kernel, args);
    default:
      return refuse(kernel, ErrorCode.IllegalOperation);
  }
}

/** `seL4_DomainSet_Set` */
function setDomain(kernel: KernelState, args: InvocationArgs): Exception {
  if (args.length < 1) return refuse(kernel, ErrorCode.TruncatedMessage);
  const domain = args.arg(0);
  if (domain >= kernel.config.settings.numDomains) return refuseArgument(kernel, 0);
  const slot = args.extra(0);
  if (slot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (slot.cap.type !== CapType.Thread) return refuseArgument(kernel, 1);
  const tcb = slot.cap.object;
  dequeueReady(kernel, tcb);
  tcb.domain = domain;
  if (isSchedulable(tcb)) enqueueReady(kernel, tcb);
  if (tcb === kernel.current) rescheduleRequired(kernel);
  return Exception.None;
}

/** `seL4_DomainSet_ScheduleConfigure` */
function configureSchedule(kernel: KernelState, args: InvocationArgs): Exception {
  const { domainSchedule, domainStart } = kernel.scheduler;
  const { numDomains } = kernel.config.settings;
  // Index, domain and a time.
  if (args.length < (kernel.is64 ? 3 : 4)) return refuse(kernel, ErrorCode.TruncatedMessage);
  const index = args.arg(0);
  const domain = args.arg(1);
  const duration = args.timeArg(2);
  // The last entry stays an end marker.
  const last = domainSchedule.length - 2;
  const entry = domainSchedule[index];
  if (index > last || entry === undefined) return refuseRange(kernel, 0, last);
  if (domain >= numDomains) return refuseRange(kernel, 0, numDomains - 1);
  if (args.timeHigh(2) >= MAX_DURATION_HIGH) return refuseArgument(kernel, 2);
  if (duration === 0 && domain !== 0) return refuseArgument(kernel, 1);
  if (duration === 0 && index === domainStart) return refuseArgument(kernel, 2);
  entry.domain = domain;
  entry.duration = duration;
  return Exception.None;
}

/** `seL4_DomainSet_ScheduleSetStart` */
function setScheduleStart(kernel: KernelState, args: InvocationArgs): Exception {
  const { scheduler } = kernel;
  if (args.length < 1) return refuse(kernel, ErrorCode.TruncatedMessage);
  const index = args.arg(0);
  const entry = scheduler.domainSchedule[index];
  if (entry === undefined) return refuseRange(kernel, 0, scheduler.domainSchedule.length - 1);
  if (isEndMarker(entry)) return refuseArgument(kernel, 0);
  scheduler.domainStart = index;
  // The turn is over: the next entry is the end marker, and behind it comes the new start.
  scheduler.domainTime = 0;
  scheduler.domainIndex = scheduler.domainSchedule.length - 2;
  rescheduleRequired(kernel);
  return Exception.None;
}

function isEndMarker({ domain, duration }: DomainEntry): boolean {
  return domain === 0 && duration === 0;
}
