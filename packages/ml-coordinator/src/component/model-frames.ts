import type { BundleSource } from "@cantrip/bundle-image";
import { type ComponentThread, MemoryClient, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { MlCoordError } from "@cantrip/interfaces/ml-coordinator";
import { securityInterface } from "@cantrip/interfaces/security";
import { MlFailure } from "../ml-failure.ts";

const PAGE_BYTES = 4096;

/** Frames of a model in a CNode, read through a copy region a page at a time. */
class ModelFrames implements BundleSource {
  readonly size: number;
  readonly #paths: ReturnType<MemoryClient["pathsOf"]>;
  readonly #slot: ReturnType<MemoryClient["newSlot"]>;
  readonly #region: CopyRegion;
  #mapped: number | undefined;

  constructor(memory: MemoryClient, region: CopyRegion, bundle: ObjDescBundle) {
    this.#paths = memory.pathsOf(bundle);
    this.size = this.#paths.length * PAGE_BYTES;
    this.#slot = memory.newSlot();
    this.#region = region;
  }

  *read(offset: number, target: Uint8Array): Task<void> {
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      yield* this.#map(Math.floor(at / PAGE_BYTES));
      const count = Math.min(target.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      this.#region.read(at % PAGE_BYTES, target.subarray(done, done + count));
      done += count;
    }
  }

  *#map(page: number): Task<void> {
    if (page === this.#mapped) return;
    yield* this.#unmap();
    const path = this.#paths[page];
    if (path === undefined) throw new RangeError(`page ${page} is beyond the model`);
    yield* this.#slot.dupTo(path);
    this.#mapped = page;
    yield* this.#region.map(this.#slot.slot);
  }

  *#unmap(): Task<void> {
    if (this.#mapped === undefined) return;
    this.#mapped = undefined;
    yield* this.#region.unmap();
    yield* this.#slot.delete();
  }

  /** Unmaps and gives the slot back. */
  *close(): Task<void> {
    yield* this.#unmap();
    yield* this.#slot.drop();
  }
}

/**
 * Loads a model's image from the security coordinator, gives it to `body`, and frees it.
 *
 * @throws MlFailure `LoadModelFailed` when there is none or no memory for it
 */
export function* withModel<T>(
  thread: ComponentThread,
  name: { readonly bundleId: string; readonly modelId: string },
  body: (source: BundleSource) => Task<T>,
): Task<T> {
  const memory = new MemoryClient(thread);
  const container = memory.newSlot();
  let bundle: ObjDescBundle;
  try {
    const security = new RpcClient(thread, "security", securityInterface);
    const reply = yield* security.call(
      "LoadModel",
      { bundleId: name.bundleId, modelId: name.modelId },
      { receiveSlot: container.slot },
    );
    bundle = { ...reply.modelFrames, cnode: container.slot };
  } catch (error) {
    yield* container.drop();
    if (!(error instanceof RpcError)) throw error;
    throw new MlFailure(MlCoordError.LoadModelFailed, error.message, { cause: error });
  }
  const place = thread.birth.copyRegions["BUNDLE_IMAGE"];
  if (place === undefined)
    throw new RangeError(`${thread.birth.name} has no copy region "BUNDLE_IMAGE"`);
  const region = new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
  const frames = new ModelFrames(memory, region, bundle);
  try {
    return yield* body(frames);
  } finally {
    yield* frames.close();
    container.release();
    yield* memory.freeInCNode(bundle);
  }
}
