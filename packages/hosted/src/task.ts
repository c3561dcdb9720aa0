/**
 * What one step of a hosted coroutine can end with, apart from returning and throwing.
 *
 * The values are shared constants, so that a step allocates nothing.
 */
export type StepEnd = Ecall | Pause | TouchFault;

/** The step has put a system call into the registers; the `ecall` behind the stub's `hosted` instruction makes it. */
export interface Ecall {
  readonly kind: "ecall";
}

/** The step ends so that interrupts get a chance; the coroutine goes on with its next step. */
export interface Pause {
  readonly kind: "pause";
}

/** The step stops at a page that is not mapped; the thread takes the page fault and tries again when it is resumed. */
export interface TouchFault {
  readonly kind: "touch-fault";
  /** What was tried. */
  readonly access: "load" | "store";
  /** Virtual address that was tried. */
  readonly address: number;
}

/** What a task yields: the end of a step, or another task that is to be run before the task goes on. */
export type TaskYield = StepEnd | Trampoline;

/** A task that hands itself to who runs everything: see `trampolined`. */
export interface Trampoline {
  readonly kind: "trampoline";
  /** The steps of the task. */
  readonly inner: Iterator<TaskYield, unknown, undefined>;
  /** Its first step, which was made before anybody knew that there would be another one. */
  readonly firstStep: IteratorYieldResult<TaskYield>;
  /** The task has ended. */
  finish(outcome: IteratorReturnResult<unknown>): void;
  /** The task has thrown. */
  fail(error: unknown): void;
}

/** The step end of every system call. */
export const ECALL: Ecall = Object.freeze({ kind: "ecall" });
/** The step end of {@link pause}. */
export const PAUSE: Pause = Object.freeze({ kind: "pause" });

/**
 * A computation of a hosted thread that may make system calls.
 *
 * Nothing happens until it is consumed with `yield*`. Generator functions are tasks; hot paths use hand-written
 * objects that can be consumed again and again.
 */
export type Task<T> = Iterable<TaskYield, T, undefined>;

/** Ends the step, so that a long computation stays interruptible. */
export const pause: Task<void> = {
  [Symbol.iterator](): Iterator<StepEnd, void, undefined> {
    let done = false;
    return {
      next(): IteratorResult<StepEnd, void> {
        if (done) return { done: true, value: undefined };
        done = true;
        return { done: false, value: PAUSE };
      },
    };
  },
};
