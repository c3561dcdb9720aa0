import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import type { CapData } from "./derive.ts";
import { failAssertion } from "./fail.ts";
import { CapType, type SchedContext } from "./objects.ts";
import { dequeueReady, dequeueRelease } from "./queues.ts";
import { maxRefills, MIN_REFILLS, newRefills, updateRefills } from "./refills.ts";
import {
  commitCurrent,
  isRunnable,
  isSchedulable,
  possibleSwitchTo,
  rescheduleRequired,
  resumeSchedContext,
} from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseCap, refuseRange } from "./syscall-error.ts";

/** Words of the arguments: budget and period of two words each, or one of 64 bits, extra refills, badge, flags. */
const WORDS = {
  32: { budget: 0, period: 2, extraRefills: 4, badge: 5, flags: 6 },
  64: { budget: 0, period: 1, extraRefills: 2, badge: 3, flags: 4 },
} as const;
const SPORADIC = 1;
const PLACE_NAME = "invokeSchedControl_ConfigureFlags";
const WORD = 2 ** 32;

/** A time of two words. A double has not enough bits to compare all of them. */
interface TimeWords {
  readonly low: number;
  readonly high: number;
}

/** The longest budget or period, microseconds (`MAX_PERIOD_US`): an eighth of what 64 bits of ticks can hold. */
function maxPeriodUs(ticksPerUs: number): TimeWords {
  const us = (2n ** 64n - 1n) / BigInt(ticksPerUs) / 8n;
  return { low: Number(us & 0xffffffffn), high: Number(us >> 32n) };
}

function isMore(time: TimeWords, limit: TimeWords): boolean {
  return time.high === limit.high ? time.low > limit.low : time.high > limit.high;
}

function toUs({ low, high }: TimeWords): number {
  return low + high * WORD;
}

/** `seL4_SchedControl_ConfigureFlags` */
export function invokeSchedControl(
  kernel: KernelState,
  label: number,
  args: InvocationArgs,
): Exception {
  const { label: labels, settings, checks } = kernel.config;
  if (label !== labels.schedControlConfigureFlags)
    return refuse(kernel, ErrorCode.IllegalOperation);
  const slot = args.extra(0);
  if (slot === undefined || args.length < checks.configureFlagsLength)
    return refuse(kernel, ErrorCode.TruncatedMessage);
  if (checks.schedContextBeforeTimes && slot.cap.type !== CapType.SchedContext)
    return refuseCap(kernel, 1);
  const { ticksPerUs } = kernel.platform;
  const word = WORDS[kernel.config.wordBits];
  const budget = timeArg(args, word.budget);
  const period = timeArg(args, word.period);
  const least: TimeWords = { low: settings.minBudgetUs, high: 0 };
  const most = maxPeriodUs(ticksPerUs);
  // The range is told in words: of its end only the lower one, where a time has two.
  const outside = (limit: TimeWords): Exception =>
    refuseRange(kernel, least.low, limit.low, kernel.is64 ? limit.high : 0);
  for (const time of [budget, period]) {
    if (isMore(time, most) || isMore(least, time)) return outside(most);
  }
  if (isMore(budget, period)) return outside(period);
  if (slot.cap.type !== CapType.SchedContext) return refuseCap(kernel, 1);
  const target = slot.cap.object;
  const extraRefills = args.arg(word.extraRefills);
  const refills = maxRefills(kernel, target);
  const isTooMany = checks.comparesExtraRefillsSafely
    ? extraRefills > refills - MIN_REFILLS
    : (extraRefills + MIN_REFILLS) >>> 0 > refills;
  if (isTooMany) return refuseRange(kernel, 0, refills - MIN_REFILLS);
  const isSlice = budget.low === period.low && budget.high === period.high;
  configure(kernel, target, {
    budget: toUs(budget) * ticksPerUs,
    period: isSlice ? 0 : toUs(period) * ticksPerUs,
    max: isSlice ? MIN_REFILLS : (extraRefills + MIN_REFILLS) >>> 0,
    badge: args.data(word.badge),
    isSporadic: (args.low(word.flags) & SPORADIC) !== 0,
  });
  return Exception.None;
}

function timeArg(args: InvocationArgs, index: number): TimeWords {
  return { low: args.low(index), high: args.timeHigh(index) };
}

function configure(
  kernel: KernelState,
  target: SchedContext,
  how: {
    readonly budget: number;
    readonly period: number;
    readonly max: number;
    readonly badge: CapData;
    readonly isSporadic: boolean;
  },
): void {
  target.badge = how.badge.low;
  target.badgeHigh = how.badge.high;
  target.isSporadic = how.isSporadic;
  const { tcb } = target;
  if (tcb !== null) {
    dequeueRelease(kernel, tcb);
    dequeueReady(kernel, tcb);
    if (target === kernel.currentSchedContext) commitCurrent(kernel);
  }
  // A context in use keeps its bandwidth; round robin starts a new slice.
  if (how.period > 0 && target.refillMax > 0 && tcb !== null && isRunnable(tcb)) {
    updateRefills(kernel, target, how.max, how.budget, how.period);
  } else {
    newRefills(kernel, target, how.max, how.budget, how.period);
  }
  if (target.refillMax === 0 && kernel.config.settings.debugBuild) {
    // Only refills that overflowed get here.
    const place = { file: "src/object/schedcontrol.c", line: 71, name: PLACE_NAME };
    failAssertion(kernel, place, "target->scRefillMax > 0");
    return;
  }
  if (tcb === null) return;
  resumeSchedContext(kernel, target);
  if (tcb === kernel.current) rescheduleRequired(kernel);
  else if (isSchedulable(tcb)) possibleSwitchTo(kernel, tcb);
}
