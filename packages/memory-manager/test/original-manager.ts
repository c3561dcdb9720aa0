import type { Task } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  MemoryManagerError,
  type MemoryManagerStats,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import {
  checkedObject,
  type CheckedObject,
  MemoryFailure,
  type MemoryKernel,
  type UntypedSlab,
} from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError } from "@cantrip/sel4-sys";

/** What tests of defects need of a manager. */
export interface TestedManager {
  setUp(slabs: readonly UntypedSlab[]): Task<void>;
  alloc(bundle: ObjDescBundle, lifetime: MemoryLifetime, cnode: number): Task<void>;
  free(bundle: ObjDescBundle, cnode: number): Task<void>;
  stats(): Task<MemoryManagerStats>;
}

/** The original stops: Rust's `panic!`. */
export class Panic extends Error {
  override readonly name = "Panic";
}

/** A mutant: memory is handled as CantripOS's `memory_manager/mod.rs` does, with its defects. */
export class OriginalManager implements TestedManager {
  readonly #kernel: MemoryKernel;
  #slabs: readonly number[] = [];
  #staticSlabs: readonly number[] = [];
  #current = 0;
  #totalBytes = 0;
  #allocatedBytes = 0;
  #allocatedObjs = 0;
  #requestedBytes = 0;
  #requestedObjs = 0;
  #tooSmall = 0;
  #outOfMemory = 0;

  constructor(kernel: MemoryKernel) {
    this.#kernel = kernel;
  }

  *setUp(slabs: readonly UntypedSlab[]): Task<void> {
    const sorted = slabs.toSorted((a, b) => b.sizeBits - a.sizeBits);
    const isWhole = ({ sizeBits, remainingBytes }: UntypedSlab): boolean =>
      remainingBytes === 2 ** sizeBits;
    this.#slabs = sorted.filter(isWhole).map(({ slot }) => slot);
    this.#staticSlabs = sorted.filter((slab) => !isWhole(slab)).map(({ slot }) => slot);
    if (this.#staticSlabs.length === 0) {
      this.#staticSlabs = this.#slabs.slice(-1);
      this.#slabs = this.#slabs.slice(0, -1);
    }
    this.#totalBytes = slabs.reduce((sum, { remainingBytes }) => sum + remainingBytes, 0);
  }

  *alloc(bundle: ObjDescBundle, lifetime: MemoryLifetime, cnode: number): Task<void> {
    const objects = bundle.objs.map((desc) => checkedObject(desc, cantrip));
    if (lifetime === "Static") {
      for (const object of objects) {
        if (!(yield* this.#fromAnyOf(this.#staticSlabs, 0, object, cnode)).isMade) {
          throw new Panic("static object alloc failed");
        }
      }
      return;
    }
    let current = this.#current;
    for (const object of objects) {
      const { isMade, index } = yield* this.#fromAnyOf(this.#slabs, current, object, cnode);
      if (!isMade) {
        this.#outOfMemory++;
        throw new MemoryFailure(MemoryManagerError.AllocFailed, "out of memory");
      }
      current = index;
    }
    this.#current = current;
    for (const object of objects) {
      const bytes = originalBytes(object);
      this.#allocatedBytes += bytes;
      this.#allocatedObjs += object.count;
      this.#requestedBytes += bytes;
      this.#requestedObjs += object.count;
    }
  }

  *free(bundle: ObjDescBundle, cnode: number): Task<void> {
    for (const object of bundle.objs.map((desc) => checkedObject(desc, cantrip))) {
      for (let slot = object.cptr; slot < object.cptr + object.count; slot++)
        yield* this.#kernel.deleteIn(cnode, slot, bundle.depth);
      const bytes = originalBytes(object);
      if (bytes > this.#allocatedBytes) continue;
      this.#allocatedBytes -= bytes;
      this.#allocatedObjs -= object.count;
    }
  }

  *stats(): Task<MemoryManagerStats> {
    return {
      allocatedBytes: this.#allocatedBytes,
      freeBytes: this.#totalBytes - this.#allocatedBytes,
      totalRequestedBytes: this.#requestedBytes,
      overheadBytes: 0,
      allocatedObjs: this.#allocatedObjs,
      totalRequestedObjs: this.#requestedObjs,
      untypedSlabTooSmall: this.#tooSmall,
      outOfMemory: this.#outOfMemory,
    };
  }

  *#fromAnyOf(
    slabs: readonly number[],
    start: number,
    object: CheckedObject,
    cnode: number,
  ): Task<{ isMade: boolean; index: number }> {
    const { type, sizeBits, cptr, count } = object;
    for (let turn = 0; turn < slabs.length; turn++) {
      const index = (start + turn) % slabs.length;
      try {
        yield* this.#kernel.retype(slabs[index] ?? 0, {
          type,
          sizeBits,
          cnode,
          offset: cptr,
          count,
        });
        return { isMade: true, index };
      } catch (error) {
        if (!(error instanceof InvocationError)) throw error;
        if (error.code !== ErrorCode.NotEnoughMemory)
          throw new MemoryFailure(MemoryManagerError.UnknownError, error.message);
        this.#tooSmall++;
      }
    }
    return { isMade: false, index: start };
  }
}

/** `size_bits` of the original: a notification counts as an endpoint. */
function originalBytes({ type, count, objectBits }: CheckedObject): number {
  const { notification } = cantrip.objectType;
  return count * 2 ** (type === notification ? cantrip.sizeBits.endpoint : objectBits);
}
