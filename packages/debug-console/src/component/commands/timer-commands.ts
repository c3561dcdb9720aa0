import { type ComponentThread, RpcClient, RpcError, waitNotification } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { timerInterface } from "@cantrip/interfaces/timer";
import { type Command, InvalidArguments, type ShellOutput } from "../../shell.ts";
import { type CommandEnvironment, debugName, one, two, word } from "./command-support.ts";

/** Digits of `{:#032b}` behind `0b`. */
const MASK_DIGITS = 30;

/** Timers of the timer service. */
export function timerCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  const timers = new CompletedTimers(thread);
  return {
    *sleep(args) {
      const durationMs = word(one(args));
      try {
        yield* startTimer(thread, 0, durationMs);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        throw new InvalidArguments("the timer was refused", { cause: error });
      }
      yield* timers.waitFor(0);
    },
    *test_timer_async(args, output) {
      const [id, ms] = two(args).map(word);
      yield* output.write(`Starting timer ${id} for ${ms} ms.\n`);
      yield* startReporting(thread, output, "cantrip_timer_oneshot", id ?? 0, ms ?? 0);
    },
    *test_timer_blocking(args, output) {
      const ms = word(one(args));
      yield* output.write(`Blocking ${ms} ms waiting for timer.\n`);
      yield* startReporting(thread, output, "cantrip_timer_periodic", 0, ms);
      yield* timers.waitFor(0);
      yield* output.write("Timer completed.\n");
    },
    *test_timer_completed(_args, output) {
      const mask = yield* timers.take();
      const digits = mask.toString(2).padStart(MASK_DIGITS, "0");
      yield* output.write(`Timers completed: 0b${digits}\n`);
    },
  };
}

function* startTimer(thread: ComponentThread, timerId: number, durationMs: number): Task<void> {
  yield* new RpcClient(thread, "timer", timerInterface).call("Oneshot", { timerId, durationMs });
}

/** A refused timer is printed behind the name that the original prints, and counts as a bad argument. */
function* startReporting(
  thread: ComponentThread,
  output: ShellOutput,
  name: string,
  timerId: number,
  durationMs: number,
): Task<void> {
  try {
    yield* startTimer(thread, timerId, durationMs);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    yield* output.write(`${name} failed: ${debugName(error)}\n`);
    throw new InvalidArguments("the timer was refused", { cause: error });
  }
}

/** Timers of the console that have completed and that no command has waited for or shown yet. */
class CompletedTimers {
  readonly #thread: ComponentThread;
  #mask = 0;

  constructor(thread: ComponentThread) {
    this.#thread = thread;
  }

  /** Waits for a timer. Others that complete meanwhile are kept; jobs of the ML coordinator signal here, too. */
  *waitFor(timerId: number): Task<void> {
    const bit = 1 << timerId;
    for (;;) {
      yield* waitNotification(this.#thread, "timer");
      yield* this.#ask();
      if ((this.#mask & bit) === 0) continue;
      this.#mask &= ~bit;
      return;
    }
  }

  /** All of them, as a mask; they count as shown. */
  *take(): Task<number> {
    yield* this.#ask();
    const mask = this.#mask;
    this.#mask = 0;
    return mask >>> 0;
  }

  *#ask(): Task<void> {
    const timer = new RpcClient(this.#thread, "timer", timerInterface);
    this.#mask |= (yield* timer.call("CompletedTimers", undefined)).timerMask;
  }
}
