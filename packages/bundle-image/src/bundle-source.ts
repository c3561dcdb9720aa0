import type { Task } from "@cantrip/hosted";
import { BundleImageError } from "./bundle-image-error.ts";
import { crc32 } from "./crc32.ts";
import { checkCrc } from "./read-bundle-image.ts";
import { parseSectionHeader, SECTION_HEADER_BYTES, type SectionHeader } from "./section-header.ts";

/** Where an image's bytes come from when they are not all at hand: frames that are mapped one at a time. */
export interface BundleSource {
  /** Bytes of all frames together; the image ends in the last of them. */
  readonly size: number;
  /** Copies `target.length` bytes from `offset`. The range lies inside the source. */
  read(offset: number, target: Uint8Array): Task<void>;
}

/** A section and where its bytes are in the image. */
export interface PlacedSection {
  readonly header: SectionHeader;
  /** Offset of the first byte after the header. */
  readonly offset: number;
}

const CHUNK_BYTES = 4096;

/**
 * Reads the section headers of an image.
 *
 * @param maxSections - a bound on what a bad image can make its reader hold
 * @throws BundleImageError for a header that is damaged or reaches beyond the image, and `too-large` for too many of them
 */
export function* readSections(source: BundleSource, maxSections: number): Task<PlacedSection[]> {
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
    if (sections.length === maxSections)
      throw new BundleImageError("too-large", offset, `more than ${maxSections} sections`);
    sections.push({ header, offset: data });
    offset = data + header.fsize;
  }
  return sections;
}

/**
 * Reads the bytes of a section in pieces and compares their CRC. CantripOS only logs a difference.
 *
 * @param take - gets each piece and its offset in the section; the piece is used again for the next
 * @throws BundleImageError `crc-mismatch`, after all pieces were taken
 */
export function* readSection(
  source: BundleSource,
  { header, offset }: PlacedSection,
  take: (piece: Uint8Array, at: number) => void = () => undefined,
): Task<void> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  let crc = 0;
  for (let done = 0; done < header.fsize; done += CHUNK_BYTES) {
    const piece = buffer.subarray(0, Math.min(CHUNK_BYTES, header.fsize - done));
    yield* source.read(offset + done, piece);
    crc = crc32(piece, crc);
    take(piece, done);
  }
  if (header.fsize > 0) checkCrc(header, crc, offset - SECTION_HEADER_BYTES);
}
