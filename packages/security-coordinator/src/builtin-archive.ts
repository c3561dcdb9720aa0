import { type ByteSource, cpioEntries, CpioError } from "@cantrip/cpio";

/** A file of the built-in archive. */
export interface Builtin {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** What was found in the archive's memory. */
export interface ArchiveIndex {
  readonly files: readonly Builtin[];
  /** What is wrong with the archive; `undefined` when it is whole, or when there is none. */
  readonly problem: string | undefined;
}

/** `070701`: every newc header begins with it. */
const MAGIC = "070701";

/** Lists the built-in files. A damaged archive gives the files before the damage. */
export function indexArchive(archive: ByteSource): ArchiveIndex {
  const magic = String.fromCharCode(...archive.read(0, MAGIC.length));
  if (magic !== MAGIC) return { files: [], problem: undefined };
  const files: Builtin[] = [];
  try {
    for (const { name, offset, size } of cpioEntries(archive)) files.push({ name, offset, size });
  } catch (error) {
    if (!(error instanceof CpioError)) throw error;
    return { files, problem: error.message };
  }
  return { files, problem: undefined };
}

/** Endings of bundle files: applications, programs of the ML core in ELF, and in another format. */
export const BUNDLE_ENDINGS = [".app", ".kelvin", ".model"] as const;
export type BundleEnding = (typeof BUNDLE_ENDINGS)[number];

/** A package's name without its ending. */
export function withoutEnding(name: string): string {
  const ending = BUNDLE_ENDINGS.find((candidate) => name.endsWith(candidate));
  return ending === undefined ? name : name.slice(0, -ending.length);
}
