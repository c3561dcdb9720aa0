import { PAUSE, type StepEnd, type Task } from "./task.ts";

/** What a task yields: the end of a step, or another task that is to be run before the task goes on. */
export type TaskYield = StepEnd | Trampolined<unknown>;

/** Stands where no step was made yet. */
const NO_STEP: IteratorYieldResult<TaskYield> = Object.freeze({ done: false, value: PAUSE });

/**
 * A task that is run from the bottom: see {@link trampolined}. It is its own iterator, for one consumption, and the value
 * by which it hands itself to the {@link Steps} that run everything.
 */
export class Trampolined<T> implements Iterator<TaskYield, T, undefined> {
  readonly kind = "trampoline";
  /** The steps of the task. */
  readonly inner: Iterator<TaskYield, T, undefined>;
  /** Its first step, which was made before anybody knew that there would be another one. */
  firstStep: IteratorYieldResult<TaskYield> = NO_STEP;
  #outcome: IteratorReturnResult<T> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(task: Task<T>) {
    this.inner = task[Symbol.iterator]();
  }

  /** The task has ended. */
  finish(outcome: IteratorReturnResult<T>): void {
    this.#outcome = outcome;
  }

  /** The task has thrown. */
  fail(error: unknown): void {
    this.#failure = { error };
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<TaskYield, T> {
    if (this.#outcome !== undefined) return this.#outcome;
    if (this.#failure !== undefined) throw this.#failure.error;
    const step = this.inner.next();
    if (step.done === true) return step;
    this.firstStep = step;
    return { done: false, value: this };
  }
}

/**
 * Does what `yield* task` does, at the same cost for each of its system calls however deep the caller is.
 *
 * A system call in a task passes through every `yield*` between it and the thread's first function, twice. For a task of
 * many system calls that is called from far down, this lets it pass only those within the task.
 */
export function trampolined<T>(task: Task<T>): Task<T> {
  return new Trampolined(task);
}

/** The steps of a task, with all that it runs {@link trampolined}. Who runs tasks makes them, one for each thread. */
export class Steps<T> implements Iterator<StepEnd, T, undefined> {
  #top: Iterator<TaskYield, unknown, undefined>;
  /** Who waits for the one above. */
  readonly #waiting: {
    readonly steps: Iterator<TaskYield, unknown, undefined>;
    readonly for: Trampolined<unknown>;
  }[] = [];

  constructor(task: Task<T>) {
    this.#top = task[Symbol.iterator]();
  }

  next(): IteratorResult<StepEnd, T> {
    let step = this.#advance();
    while (step.done !== true && step.value.kind === "trampoline") {
      const { value } = step;
      this.#waiting.push({ steps: this.#top, for: value });
      this.#top = value.inner;
      step = value.firstStep;
    }
    // What is above the task has been run to its end by now: the value is that of the task itself.
    return step as IteratorResult<StepEnd, T>;
  }

  /** The next step of the topmost task, and of those below when it ends. */
  #advance(): IteratorResult<TaskYield, unknown> {
    for (;;) {
      let outcome: IteratorReturnResult<unknown> | undefined;
      let failure: unknown;
      try {
        const step = this.#top.next();
        if (step.done !== true) return step;
        outcome = step;
      } catch (error) {
        failure = error;
      }
      const below = this.#waiting.pop();
      if (below !== undefined) {
        this.#top = below.steps;
        if (outcome === undefined) below.for.fail(failure);
        else below.for.finish(outcome);
      } else if (outcome === undefined) throw failure;
      else return outcome;
    }
  }
}
