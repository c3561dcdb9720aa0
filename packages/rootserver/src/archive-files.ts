import { type ByteSource, cpioEntries, type CpioEntry } from "@cantrip/cpio";
import type { Task, UserContext } from "@cantrip/hosted";
import type { MemoryRange } from "./birth.ts";
import { type FileSource, requireWithin } from "./file-source.ts";
import { RootserverError } from "./rootserver-error.ts";

/** The archive that is linked behind the root server. */
export class ArchiveFiles implements FileSource {
  readonly #archive: ByteSource;
  #files: Map<string, CpioEntry> | undefined;

  constructor(context: UserContext, archive: MemoryRange) {
    this.#archive = mappedBytes(context, archive);
  }

  *read(file: string, offset: number, length: number): Task<Uint8Array> {
    this.#files ??= new Map([...cpioEntries(this.#archive)].map((entry) => [entry.name, entry]));
    const entry = this.#files.get(file);
    if (entry === undefined) throw new RootserverError(`there is no file ${file} in the archive`);
    requireWithin(file, entry.size, offset + length);
    return this.#archive.read(entry.offset + offset, length);
  }

  *close(): Task<void> {
    // Nothing was mapped.
  }
}

function mappedBytes(context: UserContext, range: MemoryRange): ByteSource {
  return {
    length: range.size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      context.copyIn(range.address + offset, bytes);
      return bytes;
    },
  };
}
