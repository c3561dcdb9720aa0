import { BundleImageError } from "./bundle-image-error.ts";
import { type SectionHeader } from "./section-header.ts";

/** What {@link checkSections} demands. */
export interface SectionDemands {
  /** Every section must be of this {@link SectionType}. */
  readonly ftype?: number;
  /** All sections must lie in one aligned window of this many bytes. Default 4 MiB: one leaf page table of Sv32. */
  readonly windowBytes?: number;
  /** When given, every section must begin at a multiple of it (bytes, a power of two). */
  readonly pageBytes?: number;
}

/**
 * Checks that sections are apart, ascending, aligned and in one window. Sections without memory are passed over.
 *
 * @throws BundleImageError with the section's index as `offset`
 */
export function checkSections(
  sections: readonly SectionHeader[],
  demands: SectionDemands = {},
): void {
  const { ftype, windowBytes = 0x40_0000, pageBytes = 1 } = demands;
  let end: number | undefined;
  let windowEnd = 0;
  for (const [index, section] of sections.entries()) {
    if (ftype !== undefined && section.ftype !== ftype) {
      throw new BundleImageError(
        "bad-type",
        index,
        `section ${index} has type 0x${section.ftype.toString(16)}, not 0x${ftype.toString(16)}`,
      );
    }
    if (section.msize === 0) continue;
    const { vaddr, msize, align } = section;
    const where = `section ${index} at 0x${vaddr.toString(16)}`;
    if (section.fsize > msize) {
      throw new BundleImageError(
        "file-size-exceeds-memory-size",
        index,
        `${where}: fsize above msize`,
      );
    }
    if (vaddr % pageBytes !== 0 || (align !== 0 && !Number.isInteger(Math.log2(align)))) {
      throw new BundleImageError("unaligned", index, `${where} is not aligned`);
    }
    if (end === undefined) {
      windowEnd = vaddr - (vaddr % windowBytes) + windowBytes;
    } else if (vaddr < end) {
      throw new BundleImageError("overlap", index, `${where} begins before 0x${end.toString(16)}`);
    }
    end = vaddr + msize;
    if (end > windowEnd) {
      throw new BundleImageError(
        "too-large",
        index,
        `${where} of ${msize} bytes reaches beyond 0x${windowEnd.toString(16)}`,
      );
    }
  }
  if (end === undefined) throw new BundleImageError("empty", 0, "no section has contents");
}
