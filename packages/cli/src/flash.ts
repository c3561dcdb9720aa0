import { writeBundleImage } from "@cantrip/bundle-image";
import { writeCpio } from "@cantrip/cpio";

/** A file of the built-in archive. */
export interface BuiltinFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Turns an ELF program into the bundle file `name.app`, as CantripOS's build does with `elfconvert`. */
export function packApplication(name: string, elf: Uint8Array): BuiltinFile {
  return { name: `${name}.app`, data: writeBundleImage(elf, "application") };
}

/** Turns an ELF program of the Springbok core into the bundle file `name.model`. */
export function packModel(name: string, elf: Uint8Array): BuiltinFile {
  return { name: `${name}.model`, data: writeBundleImage(elf, "springbok") };
}

/** The flash contents: a newc archive of the files, in name order. */
export function makeFlash(files: readonly BuiltinFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return writeCpio(sorted);
}

/** The files, with each of `replacements` in the place of the one of the same name, if there is one. */
export function replaceFiles(
  files: readonly BuiltinFile[],
  replacements: readonly BuiltinFile[],
): BuiltinFile[] {
  const byName = new Map([...files, ...replacements].map((file) => [file.name, file]));
  return [...byName.values()];
}
