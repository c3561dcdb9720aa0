import { cpioEntries, CpioError } from "@cantrip/cpio";

/** A file that the security core hands out. */
export interface StoredFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** What the security core has in its flash. */
export interface FileStoreOptions {
  /** newc archive of the built-in packages; of a damaged one only the files before the damage are there. */
  readonly flash?: Uint8Array;
  /** Further files, found by name but not listed: the images of components. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

/** The files of the security core by name and by number. */
export class FileStore {
  /** Names of the built-in packages, in the archive's order. */
  readonly builtins: readonly string[];
  readonly #files: readonly StoredFile[];

  constructor({ flash, files }: FileStoreOptions) {
    const builtins = flash === undefined ? [] : unpack(flash);
    this.builtins = builtins.map(({ name }) => name);
    this.#files = [...builtins, ...[...(files ?? [])].map(([name, data]) => ({ name, data }))];
  }

  /** Number and contents of the file with exactly this name. */
  find(name: string): { readonly fid: number; readonly file: StoredFile } | undefined {
    const index = this.#files.findIndex((candidate) => candidate.name === name);
    const file = this.#files[index];
    // Zero is no file, so that cleared memory names none.
    return file === undefined ? undefined : { fid: index + 1, file };
  }

  /** The file with a number that {@link find} gave. */
  byId(fid: number): StoredFile | undefined {
    return this.#files[fid - 1];
  }
}

function unpack(archive: Uint8Array): StoredFile[] {
  const files: StoredFile[] = [];
  try {
    for (const { name, offset, size } of cpioEntries(archive)) {
      files.push({ name, data: archive.subarray(offset, offset + size) });
    }
  } catch (error) {
    if (!(error instanceof CpioError)) throw error;
  }
  return files;
}
