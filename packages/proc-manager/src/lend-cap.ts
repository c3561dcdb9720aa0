import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { CPath } from "@cantrip/sel4-sys";
import { CSpaceSlot } from "@cantrip/slot-allocator";

/** Lends a copy of a capability in the own CSpace. */
export function* withCap<T>(
  thread: ComponentThread,
  path: CPath,
  body: (slot: number) => Task<T>,
): Task<T> {
  const slot = new CSpaceSlot(thread.sel4, thread.runtime);
  try {
    yield* slot.dupTo(path);
    return yield* body(slot.slot);
  } finally {
    yield* slot.drop();
  }
}

/**
 * Lends a capability itself: moved here and back. A copy would not do for what is about to be mapped, because the
 * mapping belongs to the capability. When it cannot be moved back it is deleted.
 */
export function* borrowCap<T>(
  thread: ComponentThread,
  path: CPath,
  body: (slot: number) => Task<T>,
): Task<T> {
  const slot = new CSpaceSlot(thread.sel4, thread.runtime);
  let isHere = false;
  try {
    yield* slot.moveTo(path);
    isHere = true;
    const result = yield* body(slot.slot);
    yield* slot.moveFrom(path);
    isHere = false;
    return result;
  } catch (error) {
    // What cannot be moved back is deleted below.
    if (isHere) yield* slot.moveFrom(path);
    throw error;
  } finally {
    yield* slot.drop();
  }
}
