import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./boot-arguments.ts";

/** Reads a file that an option names, into bytes that a recording can hold. @throws UsageError naming the option */
export function readInput(file: string, option: string): Uint8Array {
  return orUsageError(option, () => Uint8Array.from(readFileSync(file)));
}

/** Reads the files of a folder by their names. @throws UsageError naming the option */
export function readFolder(folder: string, option: string): Record<string, Uint8Array> {
  return orUsageError(option, () => {
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      names.map(({ name }) => [name, Uint8Array.from(readFileSync(join(folder, name)))]),
    );
  });
}

/** Makes sure that a result can be written before time is spent on it. @throws UsageError naming the option */
export function touchOutput(file: string, option: string): void {
  orUsageError(option, () => {
    closeSync(openSync(file, "a"));
  });
}

function orUsageError<T>(option: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
