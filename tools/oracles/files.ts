import { readdirSync } from "node:fs";

/** Paths, relative to a folder and sorted, of its files with a name ending; sub-folders are searched, too. */
export function filesEndingIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
}
