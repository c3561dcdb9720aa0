import {
  type ComponentDefinition,
  type ComponentThread,
  emit,
  RpcFailure,
  serve,
  serveInterrupts,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { RV_TIMER_LAYOUT, type RvTimerLayout } from "@cantrip/hw-riscv/registers";
import { timerInterface } from "@cantrip/interfaces/timer";
import { Logger } from "@cantrip/logger";
import type { HardwareTimer } from "../hardware-timer.ts";
import { RvTimerDriver } from "../rv-timer-driver.ts";
import { TimerFailure, TimerManager } from "../timer-manager.ts";

const LOG_TARGET = "cantrip_timer_component";
/** Clock of sparrow's timers. */
const SPARROW_CLOCK_HZ = 24_000_000;

/** The timer that the service drives. */
export interface TimerHardware {
  /** Clock that its prescaler divides, a multiple of 10 kHz. */
  readonly clockHz: number;
  readonly layout: RvTimerLayout;
}

/** The timer service for a timer at dataport `csr` with interrupt `timer_interrupt`. */
export function timerService(hardware: TimerHardware): ComponentDefinition<TimerManager> {
  return {
    name: "timer_service",
    create: ({ birth }) => {
      const badges = Object.keys(birth.servers["timer"]?.notifications ?? {}).map(Number);
      return new TimerManager(Math.max(0, ...badges));
    },
    threads: {
      control: {
        *preInit(thread): Task<void> {
          driverOf(thread, hardware).setup();
        },
        run: (thread, manager) => serveTimerInterrupt(thread, manager, driverOf(thread, hardware)),
      },
      timer: {
        run: (thread, manager) => serveTimers(thread, manager, driverOf(thread, hardware)),
      },
    },
  };
}

/** The timer service on sparrow. */
export const timerServiceComponent: ComponentDefinition<TimerManager> = timerService({
  clockHz: SPARROW_CLOCK_HZ,
  layout: RV_TIMER_LAYOUT,
});

function driverOf(thread: ComponentThread, hardware: TimerHardware): RvTimerDriver {
  const csr = thread.birth.dataports["csr"];
  if (csr === undefined) throw new RangeError(`${thread.birth.name} has no dataport "csr"`);
  return new RvTimerDriver(thread.context, { ...hardware, address: csr.address });
}

function serveTimerInterrupt(
  thread: ComponentThread,
  manager: TimerManager,
  timer: HardwareTimer,
): Task<void> {
  return serveInterrupts(thread, "timer_interrupt", {
    *timer_interrupt() {
      for (const client of manager.serviceInterrupt(timer)) yield* emit(thread, "timer", client);
      return true;
    },
  });
}

function* serveTimers(
  thread: ComponentThread,
  manager: TimerManager,
  timer: HardwareTimer,
): Task<void> {
  const logger = new Logger(thread);
  yield* serve(
    thread,
    "timer",
    timerInterface,
    {
      *CompletedTimers(_request, { badge }) {
        return { timerMask: refusing(() => manager.completedTimers(badge)) };
      },
      *Oneshot({ timerId, durationMs }, { badge }) {
        refusing(() => {
          manager.addOneshot(timer, badge, timerId, durationMs);
        });
        return undefined;
      },
      *Periodic({ timerId, durationMs }, { badge }) {
        refusing(() => {
          manager.addPeriodic(timer, badge, timerId, durationMs);
        });
        return undefined;
      },
      *Cancel(timerId, { badge }) {
        refusing(() => {
          manager.cancel(timer, badge, timerId);
        });
        return undefined;
      },
      *Now() {
        return { ticks: timer.now() };
      },
      *At({ timerId, deadline }, { badge }) {
        refusing(() => {
          manager.addAt(timer, badge, timerId, deadline);
        });
        return undefined;
      },
      *Capscan() {
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        return undefined;
      },
    },
    {
      *onError(request, error) {
        yield* logger.error(LOG_TARGET, `${request}: ${String(error)}`);
      },
    },
  );
}

function refusing<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TimerFailure) throw new RpcFailure(error.code, error.message);
    throw error;
  }
}
