import type { Task } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  memoryInterface,
  type MemoryManagerStats,
  type MemoryUsage,
  type ObjDesc,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import type { CPath } from "@cantrip/sel4-sys";
import { CSpaceSlot, OutOfSlotsError, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { ComponentThread } from "./component.ts";
import { RpcClient } from "./rpc-client.ts";
import { RpcError } from "./rpc-error.ts";

/** Frames in one descriptor: `CONFIG_RETYPE_FAN_OUT_LIMIT`. */
const FRAMES_PER_DESCRIPTOR = 256;
/** Descriptors that fit into one request: 12 bytes go to the rest of it, 17 to each. */
const DESCRIPTORS_PER_REQUEST = 119;
const WORD_BITS = 32;

/** Objects, as slots: CNodes, untypeds and scheduling contexts come singly, their `count` is a size. */
export function slotCount(
  desc: ObjDesc,
  types: { readonly untyped: number; readonly capTable: number; readonly schedContext: number },
): number {
  const isSized =
    desc.type === types.untyped || desc.type === types.capTable || desc.type === types.schedContext;
  return isSized ? 1 : desc.count;
}

/** A client of the memory manager: `cantrip_object_alloc` and its relatives. Corresponds to `cantrip-memory-interface`. */
export class MemoryClient {
  readonly #thread: ComponentThread;
  readonly #client: RpcClient<typeof memoryInterface>;

  constructor(thread: ComponentThread, name = "memory") {
    this.#thread = thread;
    this.#client = new RpcClient(thread, name, memoryInterface);
  }

  /** Slots of a descriptor. */
  slotsOf(desc: ObjDesc): number {
    return slotCount(desc, this.#thread.runtime.config.objectType);
  }

  /** Slots of a bundle. */
  countOf(bundle: ObjDescBundle): number {
    return bundle.objs.reduce((sum, desc) => sum + this.slotsOf(desc), 0);
  }

  /**
   * Allocates objects into the bundle's CNode, all or none. Corresponds to `cantrip_object_alloc`.
   *
   * A bundle with more descriptors than a request holds takes several requests.
   */
  *alloc(bundle: ObjDescBundle, lifetime: MemoryLifetime = "Short"): Task<void> {
    const made: ObjDescBundle[] = [];
    for (const part of partsOf(bundle)) {
      try {
        yield* this.#client.call("Alloc", { bundle: part, lifetime }, { cap: bundle.cnode });
      } catch (error) {
        // The manager undoes a request; those before it are ours.
        for (const before of made) yield* this.#client.call("Free", before, { cap: bundle.cnode });
        throw error;
      }
      made.push(part);
    }
  }

  /**
   * Allocates frames or untypeds of device memory into the bundle's CNode, all or none.
   *
   * @param bundle - objects of one type and size; their memory is consecutive
   * @param paddr - physical address of the first
   */
  *allocDevice(bundle: ObjDescBundle, paddr: number): Task<void> {
    yield* this.#client.call("AllocDevice", { bundle, paddr }, { cap: bundle.cnode });
  }

  /**
   * Frees objects: deletes their capabilities. Corresponds to `cantrip_object_free`.
   *
   * @throws RpcError of the first request that failed; the others were made
   */
  *free(bundle: ObjDescBundle): Task<void> {
    let failure: RpcError | undefined;
    for (const part of partsOf(bundle)) {
      try {
        yield* this.#client.call("Free", part, { cap: bundle.cnode });
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Who has how much, and how the free memory is divided. */
  *usage(): Task<MemoryUsage> {
    return (yield* this.#client.call("Usage", undefined)).value;
  }
  *stats(): Task<MemoryManagerStats> {
    return (yield* this.#client.call("Stats", undefined)).value;
  }
  *debug(): Task<void> {
    yield* this.#client.call("Debug", undefined);
  }
  *capScan(): Task<void> {
    yield* this.#client.call("Capscan", undefined);
  }

  /**
   * Allocates objects into consecutive slots of the own CSpace. Corresponds to `cantrip_object_alloc_in_toplevel`.
   *
   * @param descs - types and counts; their `cptr` is not used
   * @returns the bundle with the slots
   */
  *allocInToplevel(
    descs: readonly Omit<ObjDesc, "cptr">[],
    lifetime: MemoryLifetime = "Short",
  ): Task<ObjDescBundle> {
    const { slots, selfCNode } = this.#thread.runtime;
    const total = descs.reduce((sum, desc) => sum + this.slotsOf({ ...desc, cptr: 0 }), 0);
    const first = slots.alloc(total);
    if (first === undefined) throw new OutOfSlotsError(`no ${total} free slots in a row`);
    let cptr = first;
    const objs = descs.map((desc) => {
      const placed = { ...desc, cptr };
      cptr += this.slotsOf(placed);
      return placed;
    });
    const bundle: ObjDescBundle = { cnode: selfCNode, depth: TOP_LEVEL_DEPTH, objs };
    try {
      // The manager addresses the slots through a copy of the own CNode's capability, whose guard makes depth 32 right.
      yield* this.alloc(bundle, lifetime);
    } catch (error) {
      slots.free(first, total);
      throw error;
    }
    return bundle;
  }

  /** Frees objects in the own CSpace and their slots. Corresponds to `cantrip_object_free_toplevel`. */
  *freeToplevel(bundle: ObjDescBundle): Task<void> {
    yield* this.free(bundle);
    for (const desc of bundle.objs) this.#thread.runtime.slots.free(desc.cptr, this.slotsOf(desc));
  }

  /**
   * Allocates a CNode in the own CSpace.
   *
   * @param sizeBits - log2 of its slots
   * @returns its slot; the guard is such that slots resolve at depth `sizeBits`
   */
  *cnodeAlloc(sizeBits: number): Task<ObjDescBundle> {
    const { capTable } = this.#thread.runtime.config.objectType;
    return yield* this.allocInToplevel([{ type: capTable, count: sizeBits }]);
  }

  /**
   * Allocates objects into a fresh CNode. Corresponds to `cantrip_object_alloc_in_cnode`.
   *
   * @returns the bundle; its `cnode` is a slot of the own CSpace
   */
  *allocInCNode(
    descs: readonly Omit<ObjDesc, "cptr">[],
    lifetime: MemoryLifetime = "Short",
  ): Task<ObjDescBundle> {
    let cptr = 0;
    const objs = descs.map((desc) => {
      const placed = { ...desc, cptr };
      cptr += this.slotsOf(placed);
      return placed;
    });
    const depth = Math.max(1, WORD_BITS - Math.clz32(Math.max(1, cptr)));
    const container = yield* this.cnodeAlloc(depth);
    const bundle: ObjDescBundle = { cnode: container.objs[0]?.cptr ?? 0, depth, objs };
    try {
      yield* this.alloc(bundle, lifetime);
    } catch (error) {
      yield* this.freeToplevel(container);
      throw error;
    }
    return bundle;
  }

  /** Frees the objects of a CNode and the CNode. Corresponds to `cantrip_object_free_in_cnode`. */
  *freeInCNode(bundle: ObjDescBundle): Task<void> {
    yield* this.free(bundle);
    const { capTable } = this.#thread.runtime.config.objectType;
    yield* this.freeToplevel({
      cnode: this.#thread.runtime.selfCNode,
      depth: TOP_LEVEL_DEPTH,
      objs: [{ type: capTable, count: bundle.depth, cptr: bundle.cnode }],
    });
  }

  /** Allocates frames for `bytes` bytes into a fresh CNode. Corresponds to `cantrip_frame_alloc_in_cnode`. */
  *frameAllocInCNode(bytes: number): Task<ObjDescBundle> {
    const { page4K } = this.#thread.runtime.config.objectType;
    const descs: Omit<ObjDesc, "cptr">[] = [];
    for (let left = Math.ceil(bytes / 4096); left > 0; left -= FRAMES_PER_DESCRIPTOR) {
      descs.push({ type: page4K, count: Math.min(left, FRAMES_PER_DESCRIPTOR) });
    }
    return yield* this.allocInCNode(descs);
  }

  /** Slot of every object of a bundle, as a path through the bundle's CNode. */
  pathsOf(bundle: ObjDescBundle): CPath[] {
    return bundle.objs.flatMap((desc) =>
      Array.from({ length: this.slotsOf(desc) }, (_, index): CPath => ({
        root: bundle.cnode,
        index: desc.cptr + index,
        depth: bundle.depth,
      })),
    );
  }

  /** A new owned slot of the own CSpace. */
  newSlot(): CSpaceSlot {
    return new CSpaceSlot(this.#thread.sel4, this.#thread.runtime);
  }
}

/** A bundle as requests hold it. */
function partsOf(bundle: ObjDescBundle): readonly ObjDescBundle[] {
  if (bundle.objs.length <= DESCRIPTORS_PER_REQUEST) return [bundle];
  const parts: ObjDescBundle[] = [];
  for (let at = 0; at < bundle.objs.length; at += DESCRIPTORS_PER_REQUEST) {
    parts.push({ ...bundle, objs: bundle.objs.slice(at, at + DESCRIPTORS_PER_REQUEST) });
  }
  return parts;
}
