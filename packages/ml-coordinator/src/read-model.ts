import {
  BundleImageError,
  checkCrc,
  crc32,
  parseSectionHeader,
  SECTION_HEADER_BYTES,
  type SectionHeader,
} from "@cantrip/bundle-image";
import type { Task } from "@cantrip/hosted";

/** Where a model's bytes come from: frames that are mapped one at a time. */
export interface ModelSource {
  /** Bytes of all frames together; the model ends in the last of them. */
  readonly size: number;
  /** Copies `target.length` bytes from `offset`. The range lies inside the source. */
  read(offset: number, target: Uint8Array): Task<void>;
}

/** A section and where its bytes are in the image. */
export interface ModelSection {
  readonly header: SectionHeader;
  readonly offset: number;
}

/** Springbok has six windows; a bound on what a bad image can make the coordinator hold. */
const MAX_SECTIONS = 16;
const CHUNK_BYTES = 4096;

/**
 * Reads the section headers of a model.
 *
 * @throws BundleImageError for a header that is damaged or reaches beyond the image, and for too many of them
 */
export function* readModelSections(source: ModelSource): Task<ModelSection[]> {
  const sections: ModelSection[] = [];
  const bytes = new Uint8Array(SECTION_HEADER_BYTES);
  let offset = 0;
  while (offset + SECTION_HEADER_BYTES <= source.size) {
    yield* source.read(offset, bytes);
    const header = parseSectionHeader(bytes, offset);
    if (header === undefined) break;
    const data = offset + SECTION_HEADER_BYTES;
    if (data + header.fsize > source.size) {
      throw new BundleImageError("truncated", offset, `section at offset ${offset} is cut off`);
    }
    if (sections.length === MAX_SECTIONS) {
      throw new BundleImageError("too-large", offset, `more than ${MAX_SECTIONS} sections`);
    }
    sections.push({ header, offset: data });
    offset = data + header.fsize;
  }
  return sections;
}

/**
 * Reads the bytes of a section in pieces and compares their CRC.
 *
 * @param take - gets each piece and its offset in the section; the piece is used again for the next
 * @throws BundleImageError `crc-mismatch`, after all pieces were taken
 */
export function* readSection(
  source: ModelSource,
  { header, offset }: ModelSection,
  take: (piece: Uint8Array, at: number) => void,
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
