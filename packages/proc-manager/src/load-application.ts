import type { BundleSource, PlacedSection } from "@cantrip/bundle-image";
import type { Task } from "@cantrip/hosted";
import { PAGE_BYTES } from "./application-layout.ts";

/**
 * Makes the contents of one page of the image.
 *
 * @param target - one page; all of it is written
 */
export function* fillPage(
  source: BundleSource,
  sections: readonly PlacedSection[],
  vaddr: number,
  target: Uint8Array,
): Task<void> {
  target.fill(0);
  for (const { header, offset } of sections) {
    const from = Math.max(vaddr, header.vaddr);
    const to = Math.min(vaddr + PAGE_BYTES, header.vaddr + header.fsize);
    if (from < to) {
      yield* source.read(offset + (from - header.vaddr), target.subarray(from - vaddr, to - vaddr));
    }
  }
}
