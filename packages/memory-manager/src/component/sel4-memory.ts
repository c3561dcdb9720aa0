import { powerOfTwo } from "@cantrip/sel4-config";
import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  type CPath,
  ErrorCode,
  InvocationError,
  LookupFailureType,
  type SeL4,
} from "@cantrip/sel4-sys";
import { OutOfSlotsError, type SlotAllocator, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { MemoryKernel, RetypeRequest, TakeOutcome } from "../memory-kernel.ts";

/** The manager's view of the kernel, for the thread that is at work. */
export class SeL4Memory implements MemoryKernel {
  readonly #slots: SlotAllocator;
  readonly #selfCNode: number;
  /** Where capabilities of clients go to be deleted; kept, so that freeing works when all slots are in use. */
  readonly #scratch: number;
  #sel4: SeL4;

  /** @throws OutOfSlotsError */
  constructor(thread: ComponentThread) {
    this.#sel4 = thread.sel4;
    this.#slots = thread.runtime.slots;
    this.#selfCNode = thread.birth.selfCNode;
    const scratch = this.#slots.alloc();
    if (scratch === undefined) throw new OutOfSlotsError("no slot for capabilities to be deleted");
    this.#scratch = scratch;
  }

  /** System calls are a thread's own: says which thread makes them from now on. */
  use(thread: ComponentThread): void {
    this.#sel4 = thread.sel4;
  }

  retype(untyped: number, request: RetypeRequest): Task<void> {
    const { type, sizeBits, cnode, offset, count } = request;
    return this.#sel4.untyped.retype(untyped, {
      type,
      sizeBits,
      root: cnode ?? this.#selfCNode,
      nodeIndex: 0,
      nodeDepth: 0,
      nodeOffset: offset,
      count,
    });
  }

  deleteOwn(slot: number): Task<void> {
    return this.#sel4.cnode.delete(this.ownPath(slot));
  }

  deleteIn(cnode: number, index: number, depth: number): Task<void> {
    return this.#sel4.cnode.delete({ root: cnode, index, depth });
  }

  *takeOut(cnode: number, index: number, depth: number): Task<TakeOutcome> {
    try {
      yield* this.#sel4.cnode.move(this.ownPath(this.#scratch), { root: cnode, index, depth });
    } catch (error) {
      if (!(error instanceof InvocationError)) throw error;
      const [, lookup] = error.registers;
      const isCNode =
        error.code === ErrorCode.FailedLookup && lookup !== LookupFailureType.InvalidRoot;
      return isCNode ? "empty" : "no-cnode";
    }
    yield* this.deleteOwn(this.#scratch);
    return "taken";
  }

  /** Moves a capability out of an own CNode into a slot; `undefined` when there is no slot or no capability. */
  *takeHeld(cnode: number, index: number, depth: number): Task<number | undefined> {
    const slot = this.#slots.alloc();
    if (slot === undefined) return undefined;
    try {
      yield* this.#sel4.cnode.move(this.ownPath(slot), { root: cnode, index, depth });
      return slot;
    } catch (error) {
      this.#slots.free(slot);
      if (!(error instanceof InvocationError)) throw error;
      return undefined;
    }
  }

  /** Deletes everything that was made of an own untyped. */
  revokeOwn(slot: number): Task<void> {
    return this.#sel4.cnode.revoke(this.ownPath(slot));
  }

  /** Bytes left of an untyped; `undefined` where the kernel cannot say. */
  *remainingBytes(untyped: number): Task<number | undefined> {
    const invocations = this.#sel4.untyped;
    if (!("describe" in invocations)) return undefined;
    return (yield* invocations.describe(untyped)).remainingBytes;
  }

  *isUnused(untyped: number, sizeBits: number): Task<boolean> {
    const remaining = yield* this.remainingBytes(untyped);
    return remaining === undefined
      ? yield* this.fillOnce(untyped, sizeBits)
      : remaining === powerOfTwo(sizeBits);
  }

  /**
   * Makes an untyped of all of an untyped and deletes it again, which the kernel allows only where nothing else is left.
   * What is made next finds the memory cleared.
   *
   * @returns whether the kernel allowed it
   */
  *fillOnce(untyped: number, sizeBits: number): Task<boolean> {
    const slot = this.#slots.alloc();
    // Without a slot nobody can tell; the block stays as it is.
    if (slot === undefined) return false;
    try {
      const type = this.#sel4.config.objectType.untyped;
      yield* this.retype(untyped, { type, sizeBits, cnode: undefined, offset: slot, count: 1 });
      yield* this.deleteOwn(slot);
      return true;
    } catch (error) {
      const isInUse = error instanceof InvocationError && error.code === ErrorCode.NotEnoughMemory;
      if (isInUse) return false;
      throw error;
    } finally {
      this.#slots.free(slot);
    }
  }

  allocSlots(count: number): number | undefined {
    return this.#slots.alloc(count);
  }

  freeSlots(first: number, count: number): void {
    this.#slots.free(first, count);
  }

  ownPath(slot: number): CPath {
    return { root: this.#selfCNode, index: slot, depth: TOP_LEVEL_DEPTH };
  }
}
