import type { Task } from "@cantrip/hosted";
import type { SeL4 } from "@cantrip/sel4-sys";

/** A mutex was used by a thread that may not: it unlocks what it does not hold, or locks what it holds already. */
export class MutexError extends Error {
  override readonly name = "MutexError";
}

/**
 * Mutual exclusion between the threads of one instance: a count in their shared memory, and a notification to wait on.
 *
 * A thread that finds it taken waits in the kernel, and whoever unlocks hands it on to the first in the kernel's queue
 * (first come, first served among threads of one priority). Nobody can come in between, and no wake-up is lost: there is
 * at most one signal under way, since only the holder signals. Without contention there is no system call.
 *
 * A notification rather than an endpoint, because a signal of a notification that is bound to the thread would end its
 * wait at an endpoint. Corresponds to CAmkES's `mutex`, which CantripOS generates and does not use (it has `spin::Mutex`).
 */
export class Mutex {
  readonly #notification: number;
  /** The holder and those who wait. */
  #count = 0;
  /** IPC buffer of the holder: the name of a thread. `undefined` also while it is being handed on. */
  #holder: number | undefined;

  /** @param notification - slot of a notification of its own, for waiting and signalling */
  constructor(notification: number) {
    this.#notification = notification;
  }

  /**
   * Waits until it is free and takes it.
   *
   * @throws MutexError when the thread holds it already: it would wait for itself
   */
  *lock(sel4: SeL4): Task<void> {
    if (this.#holder === sel4.ipcBuffer)
      throw new MutexError("locked by the thread that holds it: it would wait for itself");
    if (this.#count++ > 0) yield* sel4.wait(this.#notification);
    this.#holder = sel4.ipcBuffer;
  }

  /** Takes it if it is free. */
  tryLock(sel4: SeL4): boolean {
    if (this.#count > 0) return false;
    this.#count = 1;
    this.#holder = sel4.ipcBuffer;
    return true;
  }

  /**
   * Gives it back, or hands it on to the thread that has waited longest.
   *
   * @throws MutexError when the thread does not hold it
   */
  *unlock(sel4: SeL4): Task<void> {
    if (this.#holder !== sel4.ipcBuffer) {
      const state = this.#count === 0 ? "which is not locked" : "which another thread holds";
      throw new MutexError(`unlocked by a thread that does not hold it, ${state}`);
    }
    this.#holder = undefined;
    if (--this.#count > 0) yield* sel4.signal(this.#notification);
  }

  /** Runs `body` while holding the mutex; gives it back also when `body` throws. */
  *with<T>(sel4: SeL4, body: () => Task<T>): Task<T> {
    yield* this.lock(sel4);
    try {
      return yield* body();
    } finally {
      yield* this.unlock(sel4);
    }
  }
}
