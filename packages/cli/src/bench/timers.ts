import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem } from "@cantrip/assembly/riscv";
import { type ComponentThread, RpcClient, waitNotification } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { timerInterface } from "@cantrip/interfaces/timer";
import type { Measurement } from "./measurement.ts";

const SECONDS_OF_AN_HOUR = 3600;
const ONESHOTS = 200;
/** A tick of the timer service: 10 kHz. */
const TICK_US = 100;
const PERIOD_MS = 1000;
/** Milliseconds after which every service waits for requests. */
const SETTLED_MS = 500;
const PERIODIC_TIMER = 0;
const ONESHOT_TIMER = 1;
const VIRTUAL_SECONDS = 2 * SECONDS_OF_AN_HOUR;

/** How exactly timers wake whoever waits for them. */
export interface TimerFigures {
  /** Microseconds by which one-shot timers woke their client after their time, at most. */
  readonly worstOneshotUs: number;
  /** The same of a periodic timer, from its first period on, over {@link periods}. */
  readonly worstPeriodUs: number;
  /** Microseconds by which the last period was later than the first one. */
  readonly driftUs: number;
  readonly periods: number;
}

/**
 * Lets a component of its own wait for timers: one-shots of 1 to 50 ms, and then a period of a second, for a time.
 *
 * @param periods - seconds of virtual time; an hour when absent
 */
export function measureTimers(periods: number = SECONDS_OF_AN_HOUR): TimerFigures {
  let figures: TimerFigures | undefined;
  const now = (): number => (system.machine.cycles * 1e6) / system.cyclesPerSecond;
  const description = sparrowWithTimerClient(function* (thread): Task<void> {
    const timer = new RpcClient(thread, "timer", timerInterface);
    // The system is still starting, and everybody has the same priority.
    yield* timer.call("Oneshot", { timerId: ONESHOT_TIMER, durationMs: SETTLED_MS });
    yield* waitFor(thread, timer, ONESHOT_TIMER);
    let worstOneshotUs = -Infinity;
    for (let index = 0; index < ONESHOTS; index++) {
      const durationMs = 1 + ((index * 7) % 50);
      // It would begin at the same part of a tick each time, since it was woken by one.
      const wanted = Math.floor(now() / TICK_US) * TICK_US + TICK_US + ((index * 7) % TICK_US);
      while (now() < wanted) yield* thread.sel4.yield();
      const began = now();
      yield* timer.call("Oneshot", { timerId: ONESHOT_TIMER, durationMs });
      yield* waitFor(thread, timer, ONESHOT_TIMER);
      worstOneshotUs = Math.max(worstOneshotUs, now() - began - durationMs * 1000);
    }
    const began = now();
    yield* timer.call("Periodic", { timerId: PERIODIC_TIMER, durationMs: PERIOD_MS });
    let [first, last, worstPeriodUs] = [0, 0, -Infinity];
    for (let period = 1; period <= periods; period++) {
      yield* waitFor(thread, timer, PERIODIC_TIMER);
      last = now() - began - period * PERIOD_MS * 1000;
      if (period === 1) first = last;
      worstPeriodUs = Math.max(worstPeriodUs, last);
    }
    figures = { worstOneshotUs, worstPeriodUs, driftUs: last - first, periods };
  });
  const system = bootSystem({ system: description, onConsole: () => undefined });
  const untilCycle = VIRTUAL_SECONDS * system.cyclesPerSecond;
  system.run({ untilCycle, until: () => figures !== undefined });
  if (figures === undefined) throw new Error("the timers did not come to their end");
  return figures;
}

/** How exactly timers are, in ticks of the timer service. */
export function benchTimers(): Measurement[] {
  const { worstOneshotUs, worstPeriodUs, driftUs } = measureTimers();
  return [
    {
      name: "timer: latest wake-up",
      ...{ ours: Math.max(worstOneshotUs, worstPeriodUs) / TICK_US, unit: "ticks of 100 us" },
    },
    { name: "timer: drift over an hour", ours: driftUs / TICK_US, unit: "ticks of 100 us" },
  ];
}

function* waitFor(
  thread: ComponentThread,
  timer: RpcClient<typeof timerInterface>,
  timerId: number,
): Task<void> {
  for (let mask = 0; (mask & (1 << timerId)) === 0;) {
    yield* waitNotification(thread, "timer");
    mask = (yield* timer.call("CompletedTimers", undefined)).timerMask;
  }
}

/** Sparrow with a client of the timer service, which runs `body`. */
function sparrowWithTimerClient(body: (thread: ComponentThread) => Task<void>): SystemDescription {
  const type: ComponentType = {
    name: "TimerClient",
    uses: ["timer"],
    threadless: ["timer"],
    program: { name: "TimerClient", create: () => ({}), threads: { control: { run: body } } },
  };
  return extendSystem(sparrow(), {
    components: { timer_client: { type } },
    join: { timer_rpc: "timer_client.timer" },
  });
}
