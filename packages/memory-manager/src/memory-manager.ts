import type { Task } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  MemoryManagerError,
  type MemoryManagerStats,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import type { KernelConfig } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError } from "@cantrip/sel4-sys";
import { type Block, BuddyMemory } from "./buddy-memory.ts";
import { MemoryFailure } from "./memory-failure.ts";
import type { MemoryKernel } from "./memory-kernel.ts";
import { checkedObject, type CheckedObject } from "./object-size.ts";
import { ceilLog2, MIN_BLOCK_BITS, PAGE_BITS, planPieces } from "./plan-pieces.ts";

/** An untyped that the manager is given. */
export interface UntypedSlab {
  /** Own slot of its capability. */
  readonly slot: number;
  readonly sizeBits: number;
  /** Bytes at its end that nothing was made of; all of them when nothing exists that was made of it. */
  readonly remainingBytes: number;
}

/** A block in use, or a free one, for reports. */
export interface LeafReport {
  readonly slot: number;
  readonly sizeBits: number;
  readonly usedBytes: number;
  /** The last request was served from it. */
  readonly isCurrent: boolean;
  /** It holds small objects of static lifetime. */
  readonly isStatic: boolean;
}

/** What was made of a block. */
interface Use {
  bytes: number;
  objects: number;
}

/** A run of capabilities in the client's CNode. */
interface MadeRun {
  readonly block: Block;
  /** Bytes of one object. */
  readonly size: number;
  readonly cptr: number;
  readonly count: number;
}

/** Static requests up to this many bytes share blocks. */
const MAX_SHARED_BYTES = 2048;
/** log2 of the block size from which on memory stays as it was handed over. See {@link MemoryManager.setUp}. */
const WORKING_BITS = 16;

/**
 * Allocates kernel objects for the services and takes them back.
 *
 * Each request gets blocks of its own, whose sizes fit it closely. A block is free again when nothing that was made of it
 * exists any more, wherever the capabilities have been moved: the kernel is asked, clients are not believed. Figures
 * count whole requests: freeing half of one changes nothing until its blocks are empty.
 */
export class MemoryManager {
  readonly #kernel: MemoryKernel;
  readonly #config: KernelConfig;
  readonly #memory: BuddyMemory;
  readonly #uses = new Map<Block, Use>();
  #totalBytes = 0;
  #allocatedBytes = 0;
  #allocatedObjs = 0;
  #totalRequestedBytes = 0;
  #totalRequestedObjs = 0;
  #untypedSlabTooSmall = 0;
  #outOfMemory = 0;
  #current: Block | undefined;
  /** The block that small static requests share, and the bytes used from its start. */
  #shared: { readonly block: Block; used: number } | undefined;

  constructor(kernel: MemoryKernel, config: KernelConfig) {
    this.#kernel = kernel;
    this.#config = config;
    this.#memory = new BuddyMemory(kernel, config.objectType.untyped);
  }

  /**
   * Takes over untypeds. What is left of partly used ones is cut into blocks.
   *
   * A block that is much larger than the others is split once and for all, so that small requests never split and rejoin
   * a large one: the kernel clears memory each time that it is used afresh.
   */
  *setUp(slabs: readonly UntypedSlab[]): Task<void> {
    const roots: Block[] = [];
    for (const { slot, sizeBits, remainingBytes } of slabs) {
      this.#totalBytes += 2 ** sizeBits;
      if (remainingBytes === 2 ** sizeBits) {
        if (sizeBits >= MIN_BLOCK_BITS) roots.push(this.#memory.addRoot(slot, sizeBits));
      } else yield* this.#cutRest(slot, 2 ** sizeBits, remainingBytes, roots);
    }
    roots.sort((a, b) => a.sizeBits - b.sizeBits);
    let covered = WORKING_BITS;
    for (const root of roots) {
      if (root.sizeBits > covered + 1) yield* this.#memory.pin(root, covered);
      covered = Math.max(covered, root.sizeBits);
    }
  }

  *#cutRest(slot: number, size: number, remaining: number, roots: Block[]): Task<void> {
    let offset = size - remaining;
    while (offset < size) {
      const bits = 31 - Math.clz32(offset & -offset);
      offset += 2 ** bits;
      // The kernel passes over what is skipped.
      if (bits < MIN_BLOCK_BITS) continue;
      const piece = this.#kernel.allocSlots(1);
      if (piece === undefined) return;
      const type = this.#config.objectType.untyped;
      const request = { type, sizeBits: bits, cnode: undefined, offset: piece, count: 1 };
      try {
        yield* this.#kernel.retype(slot, request);
      } catch (error) {
        this.#kernel.freeSlots(piece, 1);
        // Less is left than was said; the rest counts as overhead.
        if (error instanceof InvocationError && error.code === ErrorCode.NotEnoughMemory) return;
        throw error;
      }
      roots.push(this.#memory.addRoot(piece, bits));
    }
  }

  /** The figures: exact for what exists now. `overheadBytes` is everything that is neither allocated nor free. */
  *stats(): Task<MemoryManagerStats> {
    yield* this.#reclaim();
    return this.lastStats;
  }

  /** The figures as of the last request. */
  get lastStats(): MemoryManagerStats {
    const freeBytes = this.#memory.freeBytes;
    return {
      allocatedBytes: this.#allocatedBytes,
      freeBytes,
      totalRequestedBytes: this.#totalRequestedBytes,
      overheadBytes: this.#totalBytes - this.#allocatedBytes - freeBytes,
      allocatedObjs: this.#allocatedObjs,
      totalRequestedObjs: this.#totalRequestedObjs,
      untypedSlabTooSmall: this.#untypedSlabTooSmall,
      outOfMemory: this.#outOfMemory,
    };
  }

  /** All blocks, those in use first. */
  *leaves(): Task<readonly LeafReport[]> {
    yield* this.#reclaim();
    const report = (block: Block, usedBytes: number): LeafReport => ({
      slot: block.slot,
      sizeBits: block.sizeBits,
      usedBytes,
      isCurrent: block === this.#current,
      isStatic: block === this.#shared?.block,
    });
    return [
      ...[...this.#uses].map(([block, { bytes }]) => report(block, bytes)),
      ...this.#memory.freeBlocks.map((block) => report(block, 0)),
    ];
  }

  /**
   * Makes all objects of a bundle, or none.
   *
   * @param cnode - own slot with the capability of the bundle's CNode
   * @throws MemoryFailure
   */
  *alloc(bundle: ObjDescBundle, lifetime: MemoryLifetime, cnode: number): Task<void> {
    const objects = bundle.objs
      .map((desc) => checkedObject(desc, this.#config))
      .sort((a, b) => b.objectBits - a.objectBits);
    const bytes = objects.reduce((sum, object) => sum + bytesOf(object), 0);
    this.#totalRequestedBytes += bytes;
    this.#totalRequestedObjs += objects.reduce((sum, { count }) => sum + count, 0);
    if (bytes === 0) return;
    if (lifetime === "Static" && bytes <= MAX_SHARED_BYTES) {
      yield* this.#allocShared(objects, bytes, bundle, cnode);
      return;
    }
    const blocks = yield* this.#takeBlocks(bytes, objects[0]?.objectBits ?? 0);
    for (const block of blocks) this.#uses.set(block, { bytes: 0, objects: 0 });
    const rooms = blocks.map((block) => ({ block, left: 2 ** block.sizeBits }));
    yield* this.#makeAll(objects, rooms, bundle, cnode);
    for (const block of blocks) {
      // Larger blocks than were asked for may have held everything.
      if (this.#uses.get(block)?.objects !== 0) continue;
      this.#uses.delete(block);
      yield* this.#memory.give(block);
    }
  }

  /**
   * Deletes the capabilities of a bundle and takes back the memory of requests of which nothing is left.
   *
   * @throws MemoryFailure `FreeFailed` when a capability could not be deleted; the others are deleted all the same
   */
  *free(bundle: ObjDescBundle, cnode: number): Task<void> {
    const objects = bundle.objs.map((desc) => checkedObject(desc, this.#config));
    let failure: InvocationError | undefined;
    for (const { cptr, count } of objects) {
      for (let slot = cptr; slot < cptr + count; slot++) {
        failure = (yield* this.#tryDelete(cnode, slot, bundle.depth)) ?? failure;
      }
    }
    yield* this.#reclaim();
    if (failure !== undefined) {
      throw new MemoryFailure(MemoryManagerError.FreeFailed, failure.message, { cause: failure });
    }
  }

  /** Blocks for a request, largest first. @throws MemoryFailure `AllocFailed` */
  *#takeBlocks(bytes: number, largestBits: number): Task<Block[]> {
    let blocks = yield* this.#tryTakeBlocks(bytes, largestBits);
    if (blocks === undefined) {
      // Somebody may have deleted capabilities without telling.
      yield* this.#reclaim();
      blocks = yield* this.#tryTakeBlocks(bytes, largestBits);
    }
    if (blocks !== undefined) return blocks;
    this.#outOfMemory++;
    throw new MemoryFailure(MemoryManagerError.AllocFailed, `no memory for ${bytes} bytes`);
  }

  *#tryTakeBlocks(bytes: number, largestBits: number): Task<Block[] | undefined> {
    if (bytes > this.#memory.freeBytes) return undefined;
    const wanted = planPieces(bytes);
    const blocks: Block[] = [];
    for (let bits = wanted.shift(); bits !== undefined; bits = wanted.shift()) {
      const block = yield* this.#memory.take(bits);
      if (block !== undefined) {
        blocks.push(block);
        continue;
      }
      this.#untypedSlabTooSmall++;
      if (bits - 1 < Math.max(largestBits, PAGE_BITS)) {
        for (const taken of blocks) yield* this.#memory.give(taken);
        return undefined;
      }
      wanted.unshift(bits - 1, bits - 1);
    }
    return blocks.sort((a, b) => b.sizeBits - a.sizeBits);
  }

  /** Small objects that stay for ever share a block, one after another. */
  *#allocShared(
    objects: readonly CheckedObject[],
    bytes: number,
    bundle: ObjDescBundle,
    cnode: number,
  ): Task<void> {
    const alignment = 2 ** (objects[0]?.objectBits ?? 0);
    const start = Math.ceil((this.#shared?.used ?? 0) / alignment) * alignment;
    let shared = this.#shared;
    if (shared === undefined || start + bytes > 2 ** shared.block.sizeBits) {
      const bits = Math.max(PAGE_BITS, ceilLog2(bytes));
      const [block] = yield* this.#takeBlocks(2 ** bits, bits);
      if (block === undefined) return;
      this.#uses.set(block, { bytes: 0, objects: 0 });
      shared = this.#shared = { block, used: bytes };
    } else shared.used = start + bytes;
    yield* this.#makeAll(objects, [{ block: shared.block, left: bytes }], bundle, cnode);
  }

  /** Makes objects, largest first, out of blocks, largest first; deletes what was made when one cannot be. */
  *#makeAll(
    objects: readonly CheckedObject[],
    rooms: { readonly block: Block; left: number }[],
    bundle: ObjDescBundle,
    cnode: number,
  ): Task<void> {
    const made: MadeRun[] = [];
    try {
      for (const object of objects) yield* this.#make(object, rooms, cnode, made);
    } catch (error) {
      if (!(error instanceof InvocationError)) throw error;
      for (const { block, size, cptr, count } of made) {
        for (let slot = cptr; slot < cptr + count; slot++) {
          const failure = yield* this.#tryDelete(cnode, slot, bundle.depth);
          // A shared block does not become empty: its figures have to go back one by one.
          if (failure === undefined) this.#account(block, -size, -1);
        }
      }
      yield* this.#reclaim();
      const code =
        error.code === ErrorCode.NotEnoughMemory
          ? MemoryManagerError.AllocFailed
          : MemoryManagerError.UnknownError;
      throw new MemoryFailure(code, error.message, { cause: error });
    }
  }

  *#make(
    object: CheckedObject,
    rooms: { readonly block: Block; left: number }[],
    cnode: number,
    made: MadeRun[],
  ): Task<void> {
    const { retypeFanOutLimit } = this.#config.settings;
    const size = 2 ** object.objectBits;
    let done = 0;
    for (const room of rooms) {
      while (done < object.count && room.left >= size) {
        const fitting = Math.floor(room.left / size);
        const count = Math.min(object.count - done, fitting, retypeFanOutLimit);
        const { type, sizeBits, cptr } = object;
        const run = { block: room.block, size, cptr: cptr + done, count };
        const request = { type, sizeBits, cnode, offset: run.cptr, count };
        yield* this.#kernel.retype(room.block.slot, request);
        made.push(run);
        room.left -= count * size;
        done += count;
        this.#account(room.block, count * size, count);
      }
    }
  }

  #account(block: Block, bytes: number, objects: number): void {
    this.#current = block;
    const use = this.#uses.get(block);
    if (use === undefined) return;
    use.bytes += bytes;
    use.objects += objects;
    this.#allocatedBytes += bytes;
    this.#allocatedObjs += objects;
  }

  /** Takes back every block of which nothing is left. */
  *#reclaim(): Task<void> {
    for (const [block, use] of [...this.#uses]) {
      if (!(yield* this.#kernel.isUnused(block.slot, block.sizeBits))) continue;
      this.#uses.delete(block);
      this.#allocatedBytes -= use.bytes;
      this.#allocatedObjs -= use.objects;
      if (this.#shared?.block === block) this.#shared = undefined;
      if (this.#current === block) this.#current = undefined;
      yield* this.#memory.give(block);
    }
  }

  *#tryDelete(cnode: number, slot: number, depth: number): Task<InvocationError | undefined> {
    try {
      yield* this.#kernel.deleteIn(cnode, slot, depth);
      return undefined;
    } catch (error) {
      if (error instanceof InvocationError) return error;
      throw error;
    }
  }
}

function bytesOf({ count, objectBits }: CheckedObject): number {
  return count * 2 ** objectBits;
}
