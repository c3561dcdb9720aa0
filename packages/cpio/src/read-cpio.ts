import { CpioError } from "./cpio-error.ts";
import { HEADER_BYTES, parseHeader, parseName, TRAILER_NAME } from "./parse-header.ts";

/** Where an archive is read from: memory, or anything with random access. */
export interface ByteSource {
  /** Bytes that may be read. */
  readonly length: number;
  /** `length` bytes at `offset`; only called within the source. */
  read(offset: number, length: number): Uint8Array;
}

/** A file of an archive. */
export interface CpioEntry {
  readonly name: string;
  /** Offset of the content in the archive. */
  readonly offset: number;
  /** Bytes of content. */
  readonly size: number;
  /** `c_mode`: type and permissions. */
  readonly mode: number;
}

/**
 * The entries of a newc archive, in its order, read as the iteration goes: headers and names only. The archive ends at
 * `TRAILER!!!`, whatever follows, or where the source ends.
 *
 * @throws CpioError while iterating
 */
export function* cpioEntries(
  archive: Uint8Array | ByteSource,
): Generator<CpioEntry, void, undefined> {
  const source = archive instanceof Uint8Array ? sourceOf(archive) : archive;
  let offset = 0;
  while (offset < source.length) {
    const header = parseHeader(readWithin(source, offset, HEADER_BYTES, offset), offset);
    const name = parseName(
      readWithin(source, offset + HEADER_BYTES, header.nameBytes, offset),
      offset,
    );
    if (name === TRAILER_NAME) return;
    const content = offset + header.contentOffset;
    if (header.size > source.length - content) {
      throw new CpioError(
        "truncated",
        offset,
        `${name} has ${Math.max(0, source.length - content)} of ${header.size} bytes`,
      );
    }
    yield { name, offset: content, size: header.size, mode: header.mode };
    offset += header.totalBytes;
  }
}

/**
 * The entry called `name`, or `undefined`.
 *
 * @throws CpioError when the archive is broken before it
 */
export function findCpioEntry(
  archive: Uint8Array | ByteSource,
  name: string,
): CpioEntry | undefined {
  for (const entry of cpioEntries(archive)) if (entry.name === name) return entry;
  return undefined;
}

/** The bytes of an entry: a view of an archive in memory. */
export function readCpioEntry(archive: Uint8Array | ByteSource, entry: CpioEntry): Uint8Array {
  const source = archive instanceof Uint8Array ? sourceOf(archive) : archive;
  return readWithin(source, entry.offset, entry.size, entry.offset);
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

function readWithin(source: ByteSource, at: number, length: number, entry: number): Uint8Array {
  if (at > source.length || length > source.length - at) {
    throw new CpioError("truncated", entry, `entry at ${entry} ends outside the archive`);
  }
  return source.read(at, length);
}
