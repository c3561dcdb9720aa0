import { powerOfTwo } from "@cantrip/sel4-config";
import type { Task } from "@cantrip/hosted";
import { InvocationError } from "@cantrip/sel4-sys";
import type { Ledger, Use } from "./ledger.ts";
import type { MemoryKernel } from "./memory-kernel.ts";
import { type CheckedObject, partOf } from "./object-size.ts";

/** A block to make objects of. */
export interface Room {
  readonly use: Use;
  /** Bytes that are left of it for this request. */
  left: number;
}

/** Who asks, and where the objects are to be. */
export interface Place {
  /** Own slot with the capability of the client's CNode. */
  readonly cnode: number;
  readonly depth: number;
  /** Badge of the client. */
  readonly client: number;
  /** The client's name for the CNode. */
  readonly container: number;
}

/** Objects that one system call makes. */
interface Made {
  readonly use: Use;
  readonly object: CheckedObject;
}

/** Makes objects of blocks; what comes into being is in the ledger. */
export class ObjectMaker {
  readonly #kernel: MemoryKernel;
  readonly #ledger: Ledger;
  readonly #fanOutLimit: number;

  /** @param fanOutLimit - most objects of one system call */
  constructor(kernel: MemoryKernel, ledger: Ledger, fanOutLimit: number) {
    this.#kernel = kernel;
    this.#ledger = ledger;
    this.#fanOutLimit = fanOutLimit;
  }

  /**
   * Makes all objects or none.
   *
   * @param objects - the largest first
   * @param rooms - the largest first, with bytes for all
   * @throws InvocationError of the one that could not be made, when what was made before it is gone again
   */
  *make(objects: readonly CheckedObject[], rooms: readonly Room[], place: Place): Task<void> {
    const plan = planObjects(objects, rooms, this.#fanOutLimit);
    let done = 0;
    try {
      for (const { use, object } of plan) {
        const { type, sizeBits, cptr: offset, count } = object;
        const request = { type, sizeBits, cnode: place.cnode, offset, count };
        yield* this.#kernel.retype(use.block.slot, request);
        done++;
      }
    } catch (error) {
      if (error instanceof InvocationError) yield* this.#unmake(plan.slice(0, done), place);
      throw error;
    }
    for (const { use, object } of plan)
      this.#ledger.record(use, place.client, place.container, object);
  }

  /** Deletes what was made. What cannot be deleted exists, and stays in the ledger. */
  *#unmake(made: readonly Made[], place: Place): Task<void> {
    for (const { use, object } of made) {
      for (let slot = object.cptr; slot < object.cptr + object.count; slot++) {
        try {
          yield* this.#kernel.deleteIn(place.cnode, slot, place.depth);
        } catch (error) {
          if (!(error instanceof InvocationError)) throw error;
          const left = partOf(object, slot, 1);
          this.#ledger.record(use, place.client, place.container, left);
        }
      }
    }
  }
}

/** What to make of which room: each object of the first that has bytes for it. */
function planObjects(
  objects: readonly CheckedObject[],
  rooms: readonly Room[],
  fanOutLimit: number,
): Made[] {
  const plan: Made[] = [];
  for (const object of objects) {
    const size = powerOfTwo(object.objectBits);
    let done = 0;
    for (const room of rooms) {
      while (done < object.count && room.left >= size) {
        const count = Math.min(object.count - done, Math.floor(room.left / size), fanOutLimit);
        plan.push({ use: room.use, object: partOf(object, object.cptr + done, count) });
        room.left -= count * size;
        done += count;
      }
    }
  }
  return plan;
}
