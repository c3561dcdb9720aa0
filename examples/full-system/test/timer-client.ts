import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { type ComponentThread, RpcClient, waitNotification } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { timerInterface } from "@cantrip/interfaces/timer";
import { messageInfo, messageLabel, messageLength } from "@cantrip/sel4-sys";
import { outcome } from "./uploader.ts";

/** What the client does with the timer service. */
export type TimerStep =
  | { readonly kind: "Oneshot" | "Periodic"; readonly timerId: number; readonly durationMs: number }
  | { readonly kind: "Cancel"; readonly timerId: number }
  /** Sleeps, and takes the mask of what was completed. */
  | { readonly kind: "wait"; readonly durationMs: number }
  /** Sends words that need not be a request. */
  | { readonly kind: "raw"; readonly words: readonly number[] };

/** Times the client's sleeps. */
export const GUARD_TIMER = 31;
const TIMERS = 32;

/** A client of the timer service that says how each step ended. */
export class TimerClient {
  readonly #thread: ComponentThread;
  readonly #timer: RpcClient<typeof timerInterface>;

  constructor(thread: ComponentThread) {
    this.#thread = thread;
    this.#timer = new RpcClient(thread, "timer", timerInterface);
  }

  *perform(step: TimerStep): Task<string> {
    switch (step.kind) {
      case "wait":
        return `mask ${(yield* this.#wait(step.durationMs)).toString(16)}`;
      case "Cancel":
        return yield* outcome(this.#timer.call("Cancel", step.timerId));
      case "raw":
        return yield* this.#sendRaw(step.words);
      default:
        return yield* outcome(this.#timer.call(step.kind, step));
    }
  }

  /** Stops every timer and forgets what they completed. */
  *reset(): Task<void> {
    for (let timer = 0; timer < TIMERS; timer++) yield* outcome(this.#timer.call("Cancel", timer));
    yield* this.#timer.call("CompletedTimers", undefined);
  }

  *#wait(durationMs: number): Task<number> {
    yield* this.#timer.call("Oneshot", { timerId: GUARD_TIMER, durationMs });
    for (let mask = 0; ;) {
      yield* waitNotification(this.#thread, "timer");
      mask |= (yield* this.#timer.call("CompletedTimers", undefined)).timerMask;
      if (mask >>> GUARD_TIMER !== 0) return mask >>> 0;
    }
  }

  *#sendRaw(words: readonly number[]): Task<string> {
    const { sel4, birth } = this.#thread;
    for (const [index, word] of words.entries()) sel4.setMessageRegister(index, word);
    const endpoint = birth.clients["timer"]?.endpoint ?? 0;
    const info = yield* sel4.call(endpoint, messageInfo(0, words.length));
    return `code ${messageLabel(info)}, ${messageLength(info)} words`;
  }
}

/** Sparrow with a client of the timer service that runs `body`. */
export function sparrowWithTimerClient(
  body: (client: TimerClient) => Task<void>,
): SystemDescription {
  const type: ComponentType = {
    name: "TimerClient",
    program: {
      name: "TimerClient",
      create: () => ({}),
      threads: {
        control: {
          *run(thread: ComponentThread) {
            yield* body(new TimerClient(thread));
          },
        },
      },
    },
    uses: ["timer"],
    threadless: ["timer"],
  };
  return extendSystem(sparrow(), {
    components: { timer_client: { type } },
    join: { timer_rpc: "timer_client.timer" },
  });
}
