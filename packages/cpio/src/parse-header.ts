import { CpioError } from "./cpio-error.ts";

/** Bytes of a newc header. */
export const HEADER_BYTES = 110;
/** Name of the entry that ends an archive. */
export const TRAILER_NAME = "TRAILER!!!";
/** Names longer than this are taken for damage. */
const MAX_NAME_BYTES = 4096;

/** The fields of a newc header that readers need. */
export interface CpioHeader {
  /** `c_mode`: type and permissions. */
  readonly mode: number;
  /** `c_filesize`: bytes of content. */
  readonly size: number;
  /** `c_namesize`: bytes of the name with its terminating zero. */
  readonly nameBytes: number;
  /** From the header to the content: header and name, padded to a multiple of four. */
  readonly contentOffset: number;
  /** From the header to the next one. */
  readonly totalBytes: number;
}

/**
 * Parses a newc header (magic `070701`, or `070702` whose checksums are not verified). With {@link parseName} this is
 * all that a reader needs which sees an archive through a small window.
 *
 * @param bytes - the header's 110 bytes or more
 * @param offset - where the header is in its archive, for messages only
 * @throws CpioError
 */
export function parseHeader(bytes: Uint8Array, offset = 0): CpioHeader {
  if (bytes.length < HEADER_BYTES) {
    throw new CpioError("truncated", offset, `header at ${offset} has ${bytes.length} bytes`);
  }
  const magic = ascii(bytes, 0, 6);
  if (magic !== "070701" && magic !== "070702") {
    throw new CpioError("bad-magic", offset, `no newc header at ${offset}`);
  }
  const nameBytes = field(bytes, 11, offset);
  if (nameBytes < 2 || nameBytes > MAX_NAME_BYTES) {
    throw new CpioError("bad-header", offset, `name of ${nameBytes} bytes at ${offset}`);
  }
  const size = field(bytes, 6, offset);
  const contentOffset = align4(HEADER_BYTES + nameBytes);
  return {
    mode: field(bytes, 1, offset),
    size,
    nameBytes,
    contentOffset,
    totalBytes: align4(contentOffset + size),
  };
}

/**
 * The name in `bytes`, which are the `nameBytes` after a header. Bytes are taken as Latin-1.
 *
 * @throws CpioError when the terminating zero is missing
 */
export function parseName(bytes: Uint8Array, offset = 0): string {
  const end = bytes.indexOf(0);
  if (end < 1) throw new CpioError("bad-header", offset, `bad name in the entry at ${offset}`);
  return ascii(bytes, 0, end);
}

/** The next multiple of four. */
export function align4(value: number): number {
  return Math.ceil(value / 4) * 4;
}

/** Field `index` after the magic, eight hexadecimal digits each. */
function field(bytes: Uint8Array, index: number, offset: number): number {
  const text = ascii(bytes, 6 + index * 8, 14 + index * 8);
  if (!/^[0-9a-fA-F]{8}$/.test(text)) {
    throw new CpioError(
      "bad-header",
      offset,
      `field ${index} of the entry at ${offset} is no number`,
    );
  }
  return Number.parseInt(text, 16);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (const byte of bytes.subarray(start, end)) text += String.fromCharCode(byte);
  return text;
}
