import { type Task, trampolined } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  MemoryManagerError,
  type MemoryManagerStats,
  type MemoryUsage,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError } from "@cantrip/sel4-sys";
import { ARENA_BITS, type Block, BuddyMemory } from "./buddy-memory.ts";
import { checkedBundle } from "./checked-bundle.ts";
import { DeviceMemory, type DevicePiece, type DeviceUntyped } from "./device-memory.ts";
import { ObjectFreer } from "./free-objects.ts";
import { Ledger, mayHold, type Use } from "./ledger.ts";
import { ObjectMaker, type Place, type Room } from "./make-objects.ts";
import { invalidCount, invalidType, MemoryFailure } from "./memory-failure.ts";
import type { MemoryKernel } from "./memory-kernel.ts";
import type { CheckedObject } from "./object-size.ts";
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

/** Static requests up to this many bytes share blocks. */
const MAX_SHARED_BYTES = 2048;
/** log2 of the bytes of such a block, unless a request is larger. */
const SHARED_BITS = 10;
/** log2 of the block size from which on memory stays as it was handed over. See {@link MemoryManager.setUp}. */
const WORKING_BITS = ARENA_BITS;
const WORD_BITS = 32;
/** How many blocks the kernel is asked about, to find whose objects were freed far from where they were made. */
const MAX_GUESSES = 64;

/**
 * Allocates kernel objects for the services and takes them back.
 *
 * Each request gets blocks of its own, whose sizes fit it closely. A block is free again when nothing that was made of it
 * exists any more, wherever the capabilities have been moved: the kernel is asked, clients are not believed. A ledger
 * says what each client has, and where it was put: figures are those of the objects that exist. Objects that a client
 * has moved away from where they were made count until nothing of their block is left.
 */
export class MemoryManager {
  readonly #kernel: MemoryKernel;
  readonly #config: KernelConfig;
  readonly #memory: BuddyMemory;
  readonly #ledger = new Ledger();
  readonly #maker: ObjectMaker;
  #devices: DeviceMemory;
  #totalBytes = 0;
  #totalRequestedBytes = 0;
  #totalRequestedObjs = 0;
  #untypedSlabTooSmall = 0;
  #outOfMemory = 0;
  #current: Block | undefined;
  /** The block that small static requests of a client share, and the bytes used from its start; by badge. */
  readonly #shared = new Map<number, { readonly use: Use; used: number }>();

  constructor(kernel: MemoryKernel, config: KernelConfig) {
    this.#kernel = kernel;
    this.#config = config;
    this.#memory = new BuddyMemory(kernel, config.objectType.untyped);
    this.#maker = new ObjectMaker(kernel, this.#ledger, config.settings.retypeFanOutLimit);
    this.#devices = new DeviceMemory(kernel, config, []);
  }

  /**
   * Takes over untypeds. What is left of partly used ones is cut into blocks.
   *
   * A block that is much larger than the others is split once and for all, so that small requests never split and rejoin
   * a large one: the kernel clears memory each time that it is used afresh.
   *
   * @param devices - of device memory; nothing is done with them until somebody asks for an address
   * @param pieces - of device memory, below what was made of those; nor with them
   */
  *setUp(
    slabs: readonly UntypedSlab[],
    devices: readonly DeviceUntyped[] = [],
    pieces: readonly DevicePiece[] = [],
  ): Task<void> {
    this.#devices = new DeviceMemory(this.#kernel, this.#config, devices, pieces);
    const roots: Block[] = [];
    for (const { slot, sizeBits, remainingBytes } of slabs) {
      this.#totalBytes += powerOfTwo(sizeBits);
      if (remainingBytes === powerOfTwo(sizeBits)) {
        if (sizeBits >= MIN_BLOCK_BITS) roots.push(this.#memory.addRoot(slot, sizeBits));
      } else yield* this.#cutRest(slot, powerOfTwo(sizeBits), remainingBytes, roots);
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
      offset += powerOfTwo(bits);
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
      allocatedBytes: this.#ledger.bytes,
      freeBytes,
      totalRequestedBytes: this.#totalRequestedBytes,
      overheadBytes: this.#totalBytes - this.#ledger.bytes - freeBytes,
      allocatedObjs: this.#ledger.objects,
      totalRequestedObjs: this.#totalRequestedObjs,
      untypedSlabTooSmall: this.#untypedSlabTooSmall,
      outOfMemory: this.#outOfMemory,
    };
  }

  /** How the memory is used: who has what, and in how many pieces the rest is. */
  *usage(): Task<MemoryUsage> {
    yield* this.#reclaim();
    const { freeBlocks } = this.#memory;
    const bytesFor = (...purposes: readonly Use["purpose"][]): number =>
      this.#ledger.uses
        .filter(({ purpose }) => purposes.includes(purpose))
        .reduce((sum, { block }) => sum + powerOfTwo(block.sizeBits), 0);
    const [largest] = freeBlocks;
    return {
      freeBlocks: freeBlocks.length,
      largestFreeBytes: largest === undefined ? 0 : powerOfTwo(largest.sizeBits),
      strandedBytes: bytesFor("Short", "Medium", "Static") - this.#ledger.bytes,
      shortBytes: bytesFor("Short"),
      mediumBytes: bytesFor("Medium"),
      staticBytes: bytesFor("Static"),
      deviceBytes: this.#ledger.deviceBytes,
      clients: this.#ledger.clients.map(({ client, bytes, objects, containers }) => ({
        ...{ client, bytes, objects },
        containers: containers.size,
      })),
    };
  }

  /** All blocks of RAM, those in use first. */
  *leaves(): Task<readonly LeafReport[]> {
    yield* this.#reclaim();
    const report = (block: Block, usedBytes: number): LeafReport => ({
      slot: block.slot,
      sizeBits: block.sizeBits,
      usedBytes,
      isCurrent: block === this.#current,
      isStatic: [...this.#shared.values()].some(({ use }) => use.block === block),
    });
    return [
      ...this.#ledger.uses
        .filter(({ purpose }) => purpose !== "device")
        .map(({ block, bytes }) => report(block, bytes)),
      ...this.#memory.freeBlocks.map((block) => report(block, 0)),
    ];
  }

  /**
   * Makes all objects of a bundle, or none.
   *
   * @param cnode - own slot with the capability of the bundle's CNode
   * @param client - badge of who asks
   * @throws MemoryFailure
   */
  *alloc(bundle: ObjDescBundle, lifetime: MemoryLifetime, cnode: number, client = 0): Task<void> {
    const objects = checkedBundle(bundle, this.#config).sort((a, b) => b.objectBits - a.objectBits);
    const bytes = objects.reduce((sum, object) => sum + bytesOf(object), 0);
    this.#totalRequestedBytes += bytes;
    this.#totalRequestedObjs += objects.reduce((sum, { count }) => sum + count, 0);
    if (bytes === 0) return;
    const place: Place = { cnode, depth: bundle.depth, client, container: bundle.cnode };
    if (lifetime === "Static" && bytes <= MAX_SHARED_BYTES) {
      yield* this.#allocShared(objects, bytes, place);
      return;
    }
    const blocks = yield* this.#takeBlocks(bytes, objects[0]?.objectBits ?? 0, lifetime);
    const uses = blocks.map((block) => this.#ledger.begin(block, lifetime));
    yield* this.#make(
      objects,
      uses.map((use) => ({ use, left: powerOfTwo(use.block.sizeBits) })),
      place,
    );
  }

  /**
   * Makes frames or untypeds of the device memory at a physical address, all or none.
   *
   * @param paddr - of the first object of the bundle in the order of slots; the others follow
   * @param cnode - own slot with the capability of the bundle's CNode
   * @throws MemoryFailure `AllocFailed` for memory that is no device's, that the system has mapped, or that is in use
   */
  *allocDevice(bundle: ObjDescBundle, paddr: number, cnode: number, client = 0): Task<void> {
    const objects = checkedBundle(bundle, this.#config);
    const [first] = objects;
    if (first === undefined) return;
    const bytes = objects.reduce((sum, object) => sum + bytesOf(object), 0);
    this.#checkDeviceObjects(objects, first, paddr, bytes);
    const place: Place = { cnode, depth: bundle.depth, client, container: bundle.cnode };
    const uses: Use[] = [];
    for (let at = paddr; at < paddr + bytes;) {
      const bits = Math.min(alignmentBits(at), Math.floor(Math.log2(paddr + bytes - at)));
      const block = yield* this.#devices.take(at, bits);
      if (block === undefined) {
        for (const use of uses) yield* this.#settle(use);
        const message = `no device memory at 0x${at.toString(16)}`;
        throw new MemoryFailure(MemoryManagerError.AllocFailed, message);
      }
      uses.push(this.#ledger.begin(block, "device"));
      at += powerOfTwo(bits);
    }
    // Blocks stay in the order of their addresses: so do the objects.
    yield* this.#make(
      objects,
      uses.map((use) => ({ use, left: powerOfTwo(use.block.sizeBits) })),
      place,
    );
  }

  /**
   * Deletes the capabilities of a bundle and takes back the memory of which nothing is left.
   *
   * A client may free what it allocated, where it was put or where the client moved it, and what it was handed in a
   * CNode. What does not agree with what was made is refused before anything is deleted.
   *
   * @param client - badge of who asks
   * @throws MemoryFailure `FreeFailed` for what the client does not have, and when a capability could not be deleted; the
   * others are deleted all the same
   */
  *free(bundle: ObjDescBundle, cnode: number, client = 0): Task<void> {
    const objects = checkedBundle(bundle, this.#config);
    const claims = this.#ledger.claim(client, bundle.cnode, objects);
    const freer = new ObjectFreer(this.#kernel, this.#ledger, cnode, bundle.depth);
    const { touched, failure } = yield* trampolined(freer.free(claims));
    for (const use of touched) yield* this.#settle(use);
    if (claims.strangers.length > 0) yield* this.#settleStrangers(claims.strangers, client);
    if (failure !== undefined) {
      throw new MemoryFailure(MemoryManagerError.FreeFailed, failure.message, { cause: failure });
    }
  }

  #checkDeviceObjects(
    objects: readonly CheckedObject[],
    { type, objectBits, count }: CheckedObject,
    paddr: number,
    bytes: number,
  ): void {
    const { untyped, page4K, megaPage } = this.#config.objectType;
    if (![untyped, page4K, megaPage].includes(type)) throw invalidType(type);
    const other = objects.find(
      (object) => object.type !== type || object.objectBits !== objectBits,
    );
    if (other !== undefined) throw invalidType(other.type);
    const isPlaced = paddr % powerOfTwo(objectBits) === 0 && paddr + bytes <= 2 ** WORD_BITS;
    if (!Number.isInteger(paddr) || !isPlaced) throw invalidCount(type, count);
  }

  /** Blocks for a request, largest first. @throws MemoryFailure `AllocFailed` */
  *#takeBlocks(bytes: number, largestBits: number, lifetime: MemoryLifetime): Task<Block[]> {
    let blocks = yield* this.#tryTakeBlocks(bytes, largestBits, lifetime);
    if (blocks === undefined) {
      // Somebody may have deleted capabilities without telling.
      yield* this.#reclaim();
      blocks = yield* this.#tryTakeBlocks(bytes, largestBits, lifetime);
    }
    if (blocks !== undefined) return blocks;
    this.#outOfMemory++;
    throw new MemoryFailure(MemoryManagerError.AllocFailed, `no memory for ${bytes} bytes`);
  }

  *#tryTakeBlocks(
    bytes: number,
    largestBits: number,
    lifetime: MemoryLifetime,
  ): Task<Block[] | undefined> {
    if (bytes > this.#memory.freeBytes) return undefined;
    const wanted = planPieces(bytes);
    const blocks: Block[] = [];
    for (let bits = wanted.shift(); bits !== undefined; bits = wanted.shift()) {
      const block = yield* this.#memory.take(bits, lifetime);
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

  /** Small objects of a client that stay for ever share a block, one after another. */
  *#allocShared(objects: readonly CheckedObject[], bytes: number, place: Place): Task<void> {
    const alignment = powerOfTwo(objects[0]?.objectBits ?? 0);
    let shared = this.#shared.get(place.client);
    const start = Math.ceil((shared?.used ?? 0) / alignment) * alignment;
    if (shared === undefined || start + bytes > powerOfTwo(shared.use.block.sizeBits)) {
      const bits = Math.max(SHARED_BITS, ceilLog2(bytes));
      const [block] = yield* this.#takeBlocks(powerOfTwo(bits), bits, "Static");
      if (block === undefined) return;
      shared = { use: this.#ledger.begin(block, "Static"), used: bytes };
      this.#shared.set(place.client, shared);
    } else shared.used = start + bytes;
    yield* this.#make(objects, [{ use: shared.use, left: bytes }], place);
  }

  /** Makes objects of blocks, or none; blocks that stay empty go back. @throws MemoryFailure */
  *#make(objects: readonly CheckedObject[], rooms: readonly Room[], place: Place): Task<void> {
    try {
      yield* trampolined(this.#maker.make(objects, rooms, place));
    } catch (error) {
      if (!(error instanceof InvocationError)) throw error;
      for (const { use } of rooms) yield* this.#settle(use);
      const code =
        error.code === ErrorCode.NotEnoughMemory
          ? MemoryManagerError.AllocFailed
          : MemoryManagerError.UnknownError;
      throw new MemoryFailure(code, error.message, { cause: error });
    }
    for (const { use } of rooms) {
      if (use.objects > 0) this.#current = use.block;
      // Larger blocks than were asked for may have held everything.
      else yield* this.#release(use);
    }
  }

  /** Takes a block back if nothing is left of what was made of it. */
  *#settle(use: Use): Task<boolean> {
    const isEmpty = yield* this.#kernel.isUnused(use.block.slot, use.block.sizeBits);
    if (isEmpty) yield* this.#release(use);
    return isEmpty;
  }

  *#release(use: Use): Task<void> {
    this.#ledger.end(use);
    for (const [client, shared] of this.#shared)
      if (shared.use === use) this.#shared.delete(client);
    if (this.#current === use.block) this.#current = undefined;
    if (use.purpose === "device") yield* this.#devices.give(use.block);
    else yield* this.#memory.give(use.block);
  }

  /**
   * Objects were freed at places where the manager did not make them. Finds the blocks that they may have been made of:
   * the youngest first, and those of other clients, who hand over CNodes, before those of the client itself.
   */
  *#settleStrangers(strangers: readonly CheckedObject[], client: number): Task<void> {
    let missing = strangers.reduce((sum, { count }) => sum + count, 0);
    let guesses = MAX_GUESSES;
    for (const isOwn of [false, true]) {
      let use = this.#ledger.newest;
      while (use !== undefined && missing > 0 && guesses > 0) {
        const { older, objects } = use;
        if (mayHold(use, strangers, client, isOwn)) {
          guesses--;
          if (yield* this.#settle(use)) missing -= objects;
        }
        use = older;
      }
    }
  }

  /** Takes back every block of which nothing is left. */
  *#reclaim(): Task<void> {
    for (const use of this.#ledger.uses) yield* this.#settle(use);
  }
}

function bytesOf({ count, objectBits }: CheckedObject): number {
  return count * powerOfTwo(objectBits);
}

/** log2 of the largest block at an address. */
function alignmentBits(address: number): number {
  return address === 0 ? WORD_BITS - 1 : 31 - Math.clz32(address & -address);
}
