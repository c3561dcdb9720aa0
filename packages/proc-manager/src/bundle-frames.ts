import type { BundleSource } from "@cantrip/bundle-image";
import type { ComponentThread, MemoryClient } from "@cantrip/camkes-rpc";
import type { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import type { CPath } from "@cantrip/sel4-sys";
import { CSpaceSlot } from "@cantrip/slot-allocator";
import { PAGE_BYTES } from "./application-layout.ts";

/** What builds applications. */
export interface ApplicationBuilder {
  readonly thread: ComponentThread;
  readonly memory: MemoryClient;
  readonly bundleImage: CopyRegion;
  readonly loadApplication: CopyRegion;
}

/** Frames of a bundle in a CNode, read a page at a time. */
export class BundleFrames implements BundleSource {
  readonly size: number;
  readonly #builder: ApplicationBuilder;
  readonly #paths: readonly CPath[];
  /** Page that is mapped. */
  #mapped = -1;
  readonly #slot: CSpaceSlot;
  #hasCap = false;

  /** @throws OutOfSlotsError */
  constructor(builder: ApplicationBuilder, bundle: ObjDescBundle) {
    this.#builder = builder;
    this.#paths = builder.memory.pathsOf(bundle);
    this.size = this.#paths.length * PAGE_BYTES;
    this.#slot = new CSpaceSlot(builder.thread.sel4, builder.thread.runtime);
  }

  *read(offset: number, target: Uint8Array): Task<void> {
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      const page = Math.floor(at / PAGE_BYTES);
      yield* this.#map(page);
      const count = Math.min(target.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      this.#builder.bundleImage.read(at % PAGE_BYTES, target.subarray(done, done + count));
      done += count;
    }
  }

  *#map(page: number): Task<void> {
    if (page === this.#mapped) return;
    yield* this.#unmap();
    const path = this.#paths[page];
    if (path === undefined) throw new RangeError(`page ${page} is beyond the bundle`);
    yield* this.#slot.dupTo(path);
    this.#hasCap = true;
    yield* this.#builder.bundleImage.map(this.#slot.slot);
    this.#mapped = page;
  }

  *#unmap(): Task<void> {
    this.#mapped = -1;
    yield* this.#builder.bundleImage.unmap();
    if (this.#hasCap) yield* this.#slot.delete();
    this.#hasCap = false;
  }

  /** Unmaps and gives the slot back. */
  *close(): Task<void> {
    try {
      yield* this.#unmap();
    } finally {
      // A mapping goes with its capability.
      yield* this.#slot.drop();
    }
  }
}
