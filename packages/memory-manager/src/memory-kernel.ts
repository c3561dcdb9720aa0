import type { Task } from "@cantrip/hosted";

/** Objects to be made of an untyped. */
export interface RetypeRequest {
  /** Object type number. */
  readonly type: number;
  /** log2 of slots or bytes for sized types, else 0. */
  readonly sizeBits: number;
  /** Slot of the CNode's capability; `undefined`: the own CNode. */
  readonly cnode: number | undefined;
  /** First slot in it. */
  readonly offset: number;
  readonly count: number;
}

/** There was a capability; the slot was empty or is not there; the CNode is none. */
export type TakeOutcome = "taken" | "empty" | "no-cnode";

/** What the manager needs of the kernel and of its own CSpace. Failures are `InvocationError`s. */
export interface MemoryKernel {
  /** Makes objects. */
  retype(untyped: number, request: RetypeRequest): Task<void>;
  /** Deletes the capability in an own slot. */
  deleteOwn(slot: number): Task<void>;
  /** Deletes a capability in somebody's CNode. */
  deleteIn(cnode: number, index: number, depth: number): Task<void>;
  /**
   * Takes a capability out of what may be somebody's CNode, and deletes it. Other than {@link MemoryKernel.deleteIn} it
   * does not invoke the capability that is said to be a CNode: were it an endpoint, the manager would wait there for ever.
   */
  takeOut(cnode: number, index: number, depth: number): Task<TakeOutcome>;
  /** Whether nothing that was made of the untyped in an own slot exists any more. */
  isUnused(untyped: number, sizeBits: number): Task<boolean>;
  /** First of `count` consecutive own slots, or `undefined`. */
  allocSlots(count: number): number | undefined;
  freeSlots(first: number, count: number): void;
}
