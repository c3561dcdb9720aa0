import type { ComponentThread, MemoryClient } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";

/** A page of a component's own, for somebody who reads and writes it by its physical address. */
export interface LentPage {
  paddr(): Task<number>;
  /** Writes to its start. */
  fill(bytes: Uint8Array): Task<void>;
  free(): Task<void>;
}

/** Allocates a page, which is written through the copy region `PAGE`. */
export function* newPage(
  { sel4, birth, runtime }: ComponentThread,
  memory: MemoryClient,
): Task<LentPage> {
  const { page4K } = runtime.config.objectType;
  const bundle = yield* memory.allocInToplevel([{ type: page4K, count: 1 }]);
  const frame = bundle.objs[0]?.cptr ?? 0;
  const place = birth.copyRegions["PAGE"]?.address ?? 0;
  const region = new CopyRegion(sel4, birth.selfVSpaceRoot, place);
  return {
    paddr: () => sel4.page.getAddress(frame),
    *fill(bytes) {
      yield* region.map(frame);
      region.write(0, bytes);
      yield* region.unmap();
    },
    free: () => memory.freeToplevel(bundle),
  };
}
