import type { KernelConfig } from "@cantrip/sel4-config";
import { ContextSlab } from "./context-slab.ts";
import { bootSchedule } from "./domain.ts";
import type { KernelPlatform, KernelPort } from "./kernel-port.ts";
import { type AsidPool, SchedContext, Slot, Tcb, ThreadState } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** The state of a kernel before it booted anything. */
export function createKernelState(
  config: KernelConfig,
  platform: KernelPlatform,
  port: KernelPort,
): KernelState {
  const contexts = new ContextSlab();
  const idle = new Tcb(0, contexts.take());
  idle.name = "idle_thread";
  idle.state = ThreadState.Idle;
  const idleContext = new SchedContext(0, config.sizeBits.minSchedContext);
  idleContext.tcb = idle;
  idle.schedContext = idleContext;
  const domainSchedule = bootSchedule(config.settings.domainSchedule, platform.ticksPerUs);
  const clock = new Float64Array(1);
  port.readTime(clock);
  const priorities = config.settings.numPriorities * config.settings.numDomains;
  return {
    config,
    port,
    platform,
    is64: config.wordBits === 64,
    wordBytes: config.wordBits / 8,
    syscallError: {
      code: 0,
      invalidArgumentNumber: 0,
      invalidCapNumber: 0,
      rangeMin: 0,
      rangeMax: 0,
      rangeMaxHigh: 0,
      memoryLeft: 0,
      failedLookupWasSource: false,
    },
    lookupFailure: { kind: "invalidRoot" },
    lookupBitsRemaining: 0,
    currentFault: null,
    current: idle,
    idle,
    contexts,
    currentSchedContext: idleContext,
    asidPools: new Array<AsidPool | null>(config.settings.numAsidPools).fill(null),
    irqSlots: Array.from({ length: platform.maxIrq + 1 }, (_, index) => new Slot(null, index)),
    irqActive: Array.from({ length: platform.maxIrq + 1 }, (_, index) => index === platform.maxIrq),
    objectsByPaddr: new Map(),
    imageMemory: { base: 0, size: 0 },
    workUnits: 0,
    globalRoot: 0,
    scheduler: {
      readyHead: new Array<Tcb | null>(priorities).fill(null),
      readyTail: new Array<Tcb | null>(priorities).fill(null),
      readyBitmap: new Uint32Array(config.settings.numDomains * 8),
      readyWords: new Uint8Array(config.settings.numDomains),
      releaseHead: null,
      action: "resume",
      candidate: null,
      currentTime: clock[0] ?? 0,
      consumed: 0,
      reprogram: true,
      currentDomain: domainSchedule[0]?.domain ?? 0,
      domainTime: domainSchedule[0]?.duration ?? 0,
      domainSchedule,
      domainIndex: 0,
      domainStart: 0,
    },
    debugThreads: null,
    isHalted: false,
    clock,
    minBudget: config.settings.minBudgetUs * platform.ticksPerUs,
    observer: null,
  };
}
