import { type ComponentThread, MemoryClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { OutOfSlotsError, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { RegisteredApp } from "../app-registry.ts";

/** A call that is answered when something has happened. */
export interface WaitingCall {
  readonly app: RegisteredApp;
  /** What the application waits for. */
  readonly awaits: "timers" | "model";
  /** Reply object of the call. */
  readonly reply: number;
  /** Slot with the page that came with it. */
  readonly page: number;
}

/**
 * Calls that wait, one of an application at most, and the reply objects for them.
 *
 * There is one reply object for the call that is being served, and one for each application that has ever waited, until it
 * is gone. So an application that waits again and again costs nothing, and one that is gone leaves nothing behind.
 */
export class WaitingCalls {
  readonly #calls = new Map<number, WaitingCall>();
  /** Badges of applications that have brought a reply object with them. */
  readonly #provided = new Set<number>();
  /** Reply objects that no call has. */
  readonly #free: number[] = [];
  /** Reply objects that are to be given back when they are free. */
  #surplus = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** Calls that wait for such a thing. */
  waitingFor(what: WaitingCall["awaits"]): WaitingCall[] {
    return [...this.#calls.values()].filter(({ awaits }) => awaits === what);
  }

  find(badge: number): WaitingCall | undefined {
    return this.#calls.get(badge);
  }

  /** Makes sure that a call of the application can wait; `false` when there is no memory for it. */
  *provide(thread: ComponentThread, { badge }: RegisteredApp): Task<boolean> {
    if (this.#provided.has(badge)) return true;
    const { objectType } = thread.runtime.config;
    let slot: number | undefined;
    try {
      const memory = new MemoryClient(thread);
      const bundle = yield* memory.allocInToplevel([{ type: objectType.reply, count: 1 }]);
      slot = bundle.objs[0]?.cptr;
    } catch (error) {
      if (!(error instanceof RpcError || error instanceof OutOfSlotsError)) throw error;
    }
    if (slot === undefined) return false;
    this.#provided.add(badge);
    this.#free.push(slot);
    return true;
  }

  /**
   * Keeps a call, of an application for which one was provided.
   *
   * @returns the reply object for the next call
   */
  add(call: WaitingCall): number {
    const next = this.#free.pop();
    if (next === undefined) throw new Error("a call waits without a spare reply object");
    this.#calls.set(call.app.badge, call);
    return next;
  }

  /** A call that is to be answered now waits no longer; `false` when it did not wait. Give its reply object back later. */
  remove(call: WaitingCall): boolean {
    if (this.#calls.get(call.app.badge) !== call) return false;
    this.#calls.delete(call.app.badge);
    return true;
  }

  /** Nobody waits with this reply object any more. */
  giveBack(reply: number): void {
    this.#free.push(reply);
  }

  /** The application is gone: its call is forgotten, and memory is freed. */
  *release(thread: ComponentThread, { badge }: RegisteredApp): Task<void> {
    const call = this.#calls.get(badge);
    if (call !== undefined) {
      this.#calls.delete(badge);
      this.giveBack(call.reply);
      yield* dropPage(thread, call.page);
    }
    if (this.#provided.delete(badge)) this.#surplus++;
    yield* this.trim(thread);
  }

  /** Frees reply objects that are not needed any more. */
  *trim(thread: ComponentThread): Task<void> {
    while (this.#surplus > 0) {
      const slot = this.#free.pop();
      // All of them are in use; the next that is given back goes.
      if (slot === undefined) return;
      this.#surplus--;
      yield* new MemoryClient(thread).freeToplevel({
        cnode: thread.birth.selfCNode,
        depth: TOP_LEVEL_DEPTH,
        objs: [{ type: thread.runtime.config.objectType.reply, count: 1, cptr: slot }],
      });
    }
  }
}

/** Deletes a page that an application lent, which unmaps it, and frees its slot. */
export function* dropPage({ sel4, birth, runtime }: ComponentThread, slot: number): Task<void> {
  yield* sel4.cnode.delete({ root: birth.selfCNode, index: slot, depth: TOP_LEVEL_DEPTH });
  runtime.slots.free(slot);
}
