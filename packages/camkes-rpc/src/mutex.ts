import type { Task } from "@cantrip/hosted";
import type { SeL4 } from "@cantrip/sel4-sys";

/**
 * Mutual exclusion between the threads of one instance. A thread that finds it taken gives up its time slice and tries
 * again, as `spin::Mutex` of the original does with fewer system calls and more budget.
 */
export class Mutex {
  #isLocked = false;

  *lock(sel4: SeL4): Task<void> {
    while (this.#isLocked) yield* sel4.yield();
    this.#isLocked = true;
  }

  unlock(): void {
    this.#isLocked = false;
  }

  /** Runs `body` while holding the mutex. */
  *with<T>(sel4: SeL4, body: () => Task<T>): Task<T> {
    yield* this.lock(sel4);
    try {
      return yield* body();
    } finally {
      this.unlock();
    }
  }
}
