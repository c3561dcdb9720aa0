import { CpioError } from "./cpio-error.ts";
import { align4, HEADER_BYTES, TRAILER_NAME } from "./parse-header.ts";

/** A file for {@link writeCpio}. */
export interface CpioFile {
  /** ASCII, relative, not empty. */
  readonly name: string;
  readonly data: Uint8Array;
  /** `c_mode`; default: a regular file that all may read and its owner may write (0o100644). */
  readonly mode?: number;
}

/** Archives are padded to whole blocks. */
const BLOCK_BYTES = 512;

/**
 * Writes a newc archive. The same files give the same bytes: owner root, no times, inodes counted from 1; the archive is
 * padded to blocks of 512 bytes, as `cpio -o -H newc --reproducible --owner=root:root` does.
 *
 * @throws CpioError `bad-entry`
 */
export function writeCpio(files: readonly CpioFile[]): Uint8Array {
  const names = new Set<string>();
  let total = entryBytes(TRAILER_NAME, 0);
  for (const { name, data } of files) {
    if (!/^[\x20-\x7e]+$/.test(name) || name === TRAILER_NAME || name.length > 4095) {
      throw new CpioError("bad-entry", 0, `"${name}" cannot be a file name`);
    }
    if (names.has(name)) throw new CpioError("bad-entry", 0, `two files called ${name}`);
    names.add(name);
    total += entryBytes(name, data.length);
  }
  const archive = new Uint8Array(Math.ceil(total / BLOCK_BYTES) * BLOCK_BYTES);
  let offset = 0;
  files.forEach(({ name, data, mode = 0o100644 }, index) => {
    writeHeader(archive, offset, { name, size: data.length, mode, inode: index + 1 });
    archive.set(data, offset + align4(HEADER_BYTES + name.length + 1));
    offset += entryBytes(name, data.length);
  });
  writeHeader(archive, offset, { name: TRAILER_NAME, size: 0, mode: 0, inode: 0 });
  return archive;
}

function entryBytes(name: string, size: number): number {
  return align4(HEADER_BYTES + name.length + 1) + align4(size);
}

function writeHeader(
  archive: Uint8Array,
  offset: number,
  { name, size, mode, inode }: { name: string; size: number; mode: number; inode: number },
): void {
  const links = 1;
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name.length + 1, 0];
  const digits = fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0"));
  const text = `070701${digits.join("")}${name}\0`;
  for (let index = 0; index < text.length; index++)
    archive[offset + index] = text.charCodeAt(index);
}
