import { readFileSync, writeFileSync } from "node:fs";
import { ROOT } from "./packages.ts";
import { fillTables, filesWithTables } from "./readme-tables.ts";

for (const file of filesWithTables()) {
  const path = ROOT + file;
  writeFileSync(path, fillTables(readFileSync(path, "utf8"), file));
}
