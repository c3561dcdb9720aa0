import { BundleImageError } from "./bundle-image-error.ts";

/** Bytes of a section header. */
export const SECTION_HEADER_BYTES = 48;
/** Upper and lower word of the magic number 0x0405195710141955. */
const MAGIC_HIGH = 0x0405_1957;
const MAGIC_LOW = 0x1014_1955;

/** Bits of {@link SectionHeader.flags}. */
export const SectionFlag = {
  Read: 1,
  Write: 2,
  Execute: 4,
  /** The section holds the entry point. */
  Entry: 8,
} as const;

/** Values of {@link SectionHeader.ftype}: what the bundle is for. */
export const SectionType = {
  Application: 0x0405_1957,
  /** A model for the Springbok vector core. */
  Springbok: 0x1014_1955,
  /** A model for the Kelvin vector core. */
  Kelvin: 0x0124_1998,
} as const;

/** Kinds of bundles by name. */
export type BundleType = "application" | "springbok" | "kelvin";

/** The header in front of a section's `fsize` bytes. Names are those of CantripOS's `SectionInfo`. */
export interface SectionHeader {
  /** Virtual address of the first byte. */
  readonly vaddr: number;
  /** Entry point; 0 without {@link SectionFlag}`.Entry`. */
  readonly entry: number;
  /** {@link SectionFlag} bits. */
  readonly flags: number;
  /** Bytes in the image. */
  readonly fsize: number;
  /** Bytes in memory; zero beyond `fsize`. */
  readonly msize: number;
  /** Alignment of the ELF segment. */
  readonly align: number;
  /** {@link SectionType} value. */
  readonly ftype: number;
  /** CRC-32 (IEEE 802.3) of the `fsize` bytes; 0 when there are none. */
  readonly crc32: number;
}

/**
 * Parses a section header. A bundle is read section by section: 48 bytes, then `fsize` bytes, then the next header; so
 * a reader needs no more than 48 bytes at a time, from whatever holds the bundle.
 *
 * @param bytes - at least 48 bytes, of which the first 48 count
 * @param offset - where the header is in its image, for messages only
 * @returns the header, or `undefined` when the magic number is zero: the bundle has ended
 * @throws BundleImageError
 */
export function parseSectionHeader(bytes: Uint8Array, offset = 0): SectionHeader | undefined {
  if (bytes.length < SECTION_HEADER_BYTES) {
    throw new BundleImageError(
      "truncated",
      offset,
      `section header at ${offset} has ${bytes.length} of ${SECTION_HEADER_BYTES} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, SECTION_HEADER_BYTES);
  const high = view.getUint32(0);
  const low = view.getUint32(4);
  if (high === 0 && low === 0) return undefined;
  if (high !== MAGIC_HIGH || low !== MAGIC_LOW) {
    throw new BundleImageError(
      "bad-magic",
      offset,
      `Invalid magic number at offset ${offset} expected ${hex64(MAGIC_HIGH, MAGIC_LOW)} got ${hex64(high, low)}`,
    );
  }
  const header = {
    vaddr: readWide(view, 8, offset),
    entry: readWide(view, 16, offset),
    flags: view.getUint32(24),
    fsize: view.getUint32(28),
    msize: view.getUint32(32),
    align: view.getUint32(36),
    ftype: view.getUint32(40),
    crc32: view.getUint32(44),
  };
  if (!Object.values<number>(SectionType).includes(header.ftype)) {
    throw new BundleImageError(
      "bad-type",
      offset,
      `section at offset ${offset} has unknown type 0x${header.ftype.toString(16)}`,
    );
  }
  if (header.fsize > header.msize) {
    throw new BundleImageError(
      "file-size-exceeds-memory-size",
      offset,
      `section at offset ${offset} has ${header.fsize} bytes in the image and ${header.msize} in memory`,
    );
  }
  return header;
}

/** The 48 bytes of a header, big-endian. */
export function encodeSectionHeader(header: SectionHeader): Uint8Array {
  const bytes = new Uint8Array(SECTION_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC_HIGH);
  view.setUint32(4, MAGIC_LOW);
  view.setBigUint64(8, BigInt(header.vaddr));
  view.setBigUint64(16, BigInt(header.entry));
  view.setUint32(24, header.flags);
  view.setUint32(28, header.fsize);
  view.setUint32(32, header.msize);
  view.setUint32(36, header.align);
  view.setUint32(40, header.ftype);
  view.setUint32(44, header.crc32);
  return bytes;
}

/** The {@link SectionType} value of a bundle type. */
export function sectionType(type: BundleType): number {
  switch (type) {
    case "application":
      return SectionType.Application;
    case "springbok":
      return SectionType.Springbok;
    case "kelvin":
      return SectionType.Kelvin;
  }
}

function readWide(view: DataView, at: number, offset: number): number {
  const value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new BundleImageError(
      "too-large",
      offset,
      `section at offset ${offset}: an address above 2^53-1`,
    );
  }
  return value;
}

function hex64(high: number, low: number): string {
  const digits = (word: number) => word.toString(16).padStart(8, "0");
  return `0x${(digits(high) + digits(low)).replace(/^0+(?=.)/, "")}`;
}
