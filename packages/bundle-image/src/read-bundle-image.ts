import { BundleImageError } from "./bundle-image-error.ts";
import { crc32 } from "./crc32.ts";
import { parseSectionHeader, SECTION_HEADER_BYTES, type SectionHeader } from "./section-header.ts";

/** A section with its place and its bytes. */
export interface BundleSection {
  readonly header: SectionHeader;
  /** Offset of {@link data} in the image. */
  readonly offset: number;
  /** The `fsize` bytes, a view of the image. */
  readonly data: Uint8Array;
}

/**
 * Reads all sections of a bundle image and compares their CRCs.
 *
 * Zeros may follow the last section: an image in pages ends in the middle of one.
 *
 * @throws BundleImageError
 */
export function readBundleImage(bytes: Uint8Array): readonly BundleSection[] {
  const sections: BundleSection[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const rest = bytes.subarray(offset, offset + SECTION_HEADER_BYTES);
    if (rest.length < SECTION_HEADER_BYTES && rest.every((byte) => byte === 0)) break;
    const header = parseSectionHeader(rest, offset);
    if (header === undefined) break;
    const start = offset + SECTION_HEADER_BYTES;
    if (header.fsize > bytes.length - start) {
      throw new BundleImageError(
        "truncated",
        offset,
        `section at offset ${offset} has ${bytes.length - start} of ${header.fsize} bytes`,
      );
    }
    const data = bytes.subarray(start, start + header.fsize);
    checkCrc(header, crc32(data), offset);
    sections.push({ header, offset: start, data });
    offset = start + header.fsize;
  }
  return sections;
}

/**
 * Compares the CRC of a section's bytes with its header. CantripOS takes any bytes when the header says 0, and only logs a
 * difference otherwise.
 *
 * @param actual - {@link crc32} of the section's bytes
 * @param offset - where the header is in its image, for the message
 * @throws BundleImageError `crc-mismatch`
 */
export function checkCrc(header: SectionHeader, actual: number, offset: number): void {
  if (header.crc32 !== actual) {
    throw new BundleImageError(
      "crc-mismatch",
      offset,
      `section at offset ${offset}: CRC 0x${actual.toString(16)}, expected 0x${header.crc32.toString(16)}`,
    );
  }
}
