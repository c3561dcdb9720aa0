import { existsSync } from "node:fs";

/** Specimens lie beside the repository, or beside the folder of its worktrees; they are other people's. */
const FOLDERS = ["../../../../", "../../../../../"].map(
  (up) => new URL(`${up}shared/data/capdl/specs/`, import.meta.url),
);

/** Where the specimens are, if they are set up. */
export const specimens: URL | undefined = FOLDERS.find((place) => existsSync(place));

if (specimens === undefined)
  console.info("capDL specimens are not set up: their tests are skipped");
