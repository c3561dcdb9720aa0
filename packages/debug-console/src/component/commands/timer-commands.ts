import { type ComponentThread, RpcClient, RpcError, waitNotification } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { timerInterface } from "@cantrip/interfaces/timer";
import { type Command, InvalidArguments, type ShellOutput } from "../../shell.ts";
import { type CommandEnvironment, debugName, one, two, word } from "./command-support.ts";

/** Digits of `{:#032b}` behind `0b`. */
const MASK_DIGITS = 30;

/** Timers of the timer service. */
export function timerCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  return {
    *sleep(args) {
      const durationMs = word(one(args));
      try {
        yield* startTimer(thread, 0, durationMs);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        throw new InvalidArguments("the timer was refused", { cause: error });
      }
      yield* waitForTimer(thread);
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
      yield* waitForTimer(thread);
      yield* output.write("Timer completed.\n");
    },
    *test_timer_completed(_args, output) {
      const mask = yield* completedTimers(thread);
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

/** Any timer of the console ends the wait; jobs of the ML coordinator, which signals the same notification, do not. */
function* waitForTimer(thread: ComponentThread): Task<void> {
  do yield* waitNotification(thread, "timer");
  while ((yield* completedTimers(thread)) === 0);
}

function* completedTimers(thread: ComponentThread): Task<number> {
  const timer = new RpcClient(thread, "timer", timerInterface);
  const { timerMask } = yield* timer.call("CompletedTimers", undefined);
  return timerMask;
}
