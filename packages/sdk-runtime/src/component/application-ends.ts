import type { Task } from "@cantrip/hosted";
import type { ApplicationEnd } from "@cantrip/interfaces/sdk-manager";
import { messageInfo, type SeL4 } from "@cantrip/sel4-sys";
import type { CSpaceSlot } from "@cantrip/slot-allocator";

/** An application that ended by itself. */
interface EndEvent {
  readonly appId: string;
  readonly end: ApplicationEnd;
}

/** Events that one reply holds: 352 bytes, of which each takes up to 125. */
const EVENTS_PER_REPLY = 2;

/**
 * Applications that exited or faulted, until the process manager asks for them.
 *
 * It is told that there are some by a notification, so that nobody here waits for it. There is at most one event of an
 * application, and it goes with its endpoint.
 */
export class ApplicationEnds {
  #events: readonly EndEvent[] = [];
  /** The notification's capability, and whose it is; `undefined` while nobody has asked to be told. */
  watcher: { readonly slot: CSpaceSlot; readonly client: number } | undefined;

  /** An application has ended; the first end counts. */
  *add(sel4: SeL4, appId: string, end: ApplicationEnd): Task<void> {
    if (this.watcher === undefined) return;
    if (this.#events.every((event) => event.appId !== appId))
      this.#events = [...this.#events, { appId, end }];
    // Does not block, whatever the capability is to.
    yield* sel4.nbSend(this.watcher.slot.slot, messageInfo(0, 0));
  }

  /** The application's endpoint is gone. */
  forget(appId: string): void {
    this.#events = this.#events.filter((event) => event.appId !== appId);
  }

  /** The oldest events, which are gone then. */
  take(): { readonly events: readonly EndEvent[]; readonly hasMore: boolean } {
    const events = this.#events.slice(0, EVENTS_PER_REPLY);
    this.#events = this.#events.slice(EVENTS_PER_REPLY);
    return { events, hasMore: this.#events.length > 0 };
  }
}
