import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** What of a package's manifest is used here. */
interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** Folder in `packages`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every published package, by folder name. */
export function packages(): WorkspacePackage[] {
  return readdirSync(`${ROOT}packages`)
    .sort()
    .map((folder) => ({
      folder,
      manifest: JSON.parse(
        readFileSync(`${ROOT}packages/${folder}/package.json`, "utf8"),
      ) as Manifest,
    }));
}
