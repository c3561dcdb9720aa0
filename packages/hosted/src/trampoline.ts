import { ECALL, PAUSE, type StepEnd, type Task, type TaskYield, type Trampoline } from "./task.ts";

/** Stands where no step was made yet. */
const NO_STEP: IteratorYieldResult<TaskYield> = Object.freeze({ done: false, value: PAUSE });

/** Its own iterator, for one consumption, and the value by which it hands itself to the {@link Steps}. */
class Trampolined<T> implements Trampoline, Iterator<TaskYield, T, undefined> {
  readonly kind = "trampoline";
  readonly inner: Iterator<TaskYield, T, undefined>;
  firstStep: IteratorYieldResult<TaskYield> = NO_STEP;
  #outcome: IteratorReturnResult<T> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(task: Task<T>) {
    this.inner = task[Symbol.iterator]();
  }

  finish(outcome: IteratorReturnResult<T>): void {
    this.#outcome = outcome;
  }

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
    readonly for: Trampoline;
  }[] = [];

  constructor(task: Task<T>) {
    this.#top = task[Symbol.iterator]();
  }

  next(): IteratorResult<StepEnd, T> {
    let step = this.#advance();
    // Nearly all steps end here: nothing more is asked about them.
    if (step.value === ECALL && step.done !== true) return step as IteratorYieldResult<StepEnd>;
    while (step.done !== true && step.value.kind === "trampoline") {
      const { value } = step;
      this.#waiting.push({ steps: this.#top, for: value });
      this.#top = value.inner;
      step = value.firstStep;
    }
    // What is above the task has been run to its end by now: the value is that of the task itself.
    return step as IteratorResult<StepEnd, T>;
  }

  /** The next step of the topmost task, or of those below when it ends. */
  #advance(): IteratorResult<TaskYield, unknown> {
    let step: IteratorResult<TaskYield, unknown>;
    try {
      step = this.#top.next();
    } catch (error) {
      const below = this.#waiting.pop();
      if (below === undefined) throw error;
      this.#top = below.steps;
      below.for.fail(error);
      return this.#advance();
    }
    if (step.done !== true) return step;
    const below = this.#waiting.pop();
    if (below === undefined) return step;
    this.#top = below.steps;
    below.for.finish(step);
    return this.#advance();
  }
}
