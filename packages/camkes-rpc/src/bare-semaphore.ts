import type { Task } from "@cantrip/hosted";
import type { SeL4 } from "@cantrip/sel4-sys";

/**
 * A semaphore between the threads of one instance: a count in their shared memory, and an endpoint to wait on.
 *
 * A post is a blocking send, so that no wake-up is lost. Corresponds to `seL4_BareSemaphore`.
 */
export class BareSemaphore {
  readonly #endpoint: number;
  #count: number;

  constructor(endpoint: number, value = 0) {
    this.#endpoint = endpoint;
    this.#count = value;
  }

  *wait(sel4: SeL4): Task<void> {
    if (this.#count-- <= 0) yield* sel4.wait(this.#endpoint);
  }

  *post(sel4: SeL4): Task<void> {
    if (this.#count++ < 0) yield* sel4.signal(this.#endpoint);
  }

  /** Takes one if it is there. */
  tryWait(): boolean {
    if (this.#count <= 0) return false;
    this.#count--;
    return true;
  }
}
