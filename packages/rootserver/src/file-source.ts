import type { Task } from "@cantrip/hosted";
import { RootserverError } from "./rootserver-error.ts";

/** Where the bytes of the components' files come from. */
export interface FileSource {
  /**
   * Bytes of a file.
   *
   * @param length - at most a page
   * @throws RootserverError when there is no such file, or when it is shorter
   */
  read(file: string, offset: number, length: number): Task<Uint8Array>;
  /** Gives back what was mapped. */
  close(): Task<void>;
}

/** Fails for a range that reaches beyond its file. */
export function requireWithin(file: string, size: number, end: number): void {
  if (end > size) throw new RootserverError(`file ${file} has only ${size} bytes`);
}
