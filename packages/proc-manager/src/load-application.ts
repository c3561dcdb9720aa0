import {
  BundleImageError,
  crc32,
  parseSectionHeader,
  SECTION_HEADER_BYTES,
  type SectionHeader,
} from "@cantrip/bundle-image";
import type { Task } from "@cantrip/hosted";
import { type ApplicationLayout, BundleLayoutError, PAGE_BYTES } from "./application-layout.ts";

/** Where a bundle's bytes come from: frames that are mapped one at a time. */
export interface BundleSource {
  /** Bytes of all frames together; the bundle ends in the last of them. */
  readonly size: number;
  /** Copies `target.length` bytes from `offset`. The range lies inside the source. */
  read(offset: number, target: Uint8Array): Task<void>;
}

/** A section and where its bytes are in the bundle. */
export interface PlacedSection {
  readonly header: SectionHeader;
  /** Offset of the first byte after the header. */
  readonly offset: number;
}

/** Most sections of a bundle; a bound on what a bad bundle can make the manager hold. */
const MAX_SECTIONS = 64;

/**
 * Reads the section headers of a bundle.
 *
 * @throws BundleImageError for a header that is damaged or reaches beyond the bundle
 * @throws BundleLayoutError for too many sections
 */
export function* readSections(source: BundleSource): Task<PlacedSection[]> {
  const sections: PlacedSection[] = [];
  const bytes = new Uint8Array(SECTION_HEADER_BYTES);
  let offset = 0;
  while (offset + SECTION_HEADER_BYTES <= source.size) {
    yield* source.read(offset, bytes);
    const header = parseSectionHeader(bytes, offset);
    if (header === undefined) break;
    const data = offset + SECTION_HEADER_BYTES;
    if (data + header.fsize > source.size) {
      throw new BundleImageError(
        "truncated",
        offset,
        `section at offset ${offset} has ${header.fsize} bytes, beyond the end`,
      );
    }
    if (sections.length === MAX_SECTIONS)
      throw new BundleLayoutError(`more than ${MAX_SECTIONS} sections`);
    sections.push({ header, offset: data });
    offset = data + header.fsize;
  }
  return sections;
}

/** Checks each section's CRC. CantripOS only logs a difference; a bundle that is damaged is refused here. */
export function* checkCrcs(source: BundleSource, sections: readonly PlacedSection[]): Task<void> {
  const buffer = new Uint8Array(PAGE_BYTES);
  for (const { header, offset } of sections) {
    let crc = 0;
    for (let done = 0; done < header.fsize; done += PAGE_BYTES) {
      const chunk = buffer.subarray(0, Math.min(PAGE_BYTES, header.fsize - done));
      yield* source.read(offset + done, chunk);
      crc = crc32(chunk, crc);
    }
    if (header.fsize > 0 && header.crc32 !== 0 && crc !== header.crc32) {
      throw new BundleImageError(
        "crc-mismatch",
        offset - SECTION_HEADER_BYTES,
        `section at 0x${header.vaddr.toString(16)} has CRC 0x${crc.toString(16)}, its header says 0x${header.crc32.toString(16)}`,
      );
    }
  }
}

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

/** Objects that an application of this layout needs besides its CNode, for the log and for tests. */
export function dynamicObjectCount(layout: ApplicationLayout): number {
  // TCB, scheduling context, IPC buffer, SDK page, four stack pages, root and leaf table.
  return 10 + layout.pages.length;
}
