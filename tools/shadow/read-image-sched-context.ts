import type { ImageReader } from "./read-image.ts";
import { IDLE_THREAD, type ObjectState } from "./kernel-state.ts";
import { SchedContextOffset as At } from "./layouts.ts";

const REFILL_BYTES = 16;

/** Reads a scheduling context: its refills are a ring, from head to tail. */
export function readSchedContext(reader: ImageReader, address: number): ObjectState {
  const { memory } = reader;
  const word = (offset: number): number => memory.word(address + offset);
  const refillMax = word(At.refillMax);
  const thread = reader.thread(word(At.tcb));
  const refills = new Map<number, number>();
  if (refillMax > 0) {
    const tail = word(At.refillTail);
    let index = word(At.refillHead);
    for (let at = 0; at < refillMax; at++) {
      const refill = address + At.refills + index * REFILL_BYTES;
      refills.set(2 * at, memory.double(refill));
      refills.set(2 * at + 1, memory.double(refill + 8));
      if (index === tail) break;
      index = index === refillMax - 1 ? 0 : index + 1;
    }
  }
  return {
    kind: "schedContext",
    fields: {
      period: memory.double(address + At.period),
      consumed: memory.double(address + At.consumed),
      thread: thread === IDLE_THREAD ? 0 : thread,
      reply: memory.paddr(word(At.reply)),
      notification: memory.paddr(word(At.notification)),
      badge: word(At.badge),
      yieldFrom: reader.thread(word(At.yieldFrom)),
      refillMax,
      isSporadic: word(At.isSporadic) & 1,
    },
    words: refills,
  };
}
