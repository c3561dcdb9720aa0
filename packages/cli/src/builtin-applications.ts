import { readdirSync, readFileSync } from "node:fs";
import { type BuiltinFile, packApplication } from "./flash.ts";

/** Beside `src` and `dist`: the ELF files of `examples/apps`. */
const FOLDER = new URL("../builtins/", import.meta.url);
const ELF_ENDING = ".elf";

/** The applications that every system of this command has: `hello`, `fibonacci`, `suicide`, `logtest`. */
export function builtinApplications(): BuiltinFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(ELF_ENDING))
    .sort()
    .map((name) =>
      packApplication(name.slice(0, -ELF_ENDING.length), readFileSync(new URL(name, FOLDER))),
    );
}
