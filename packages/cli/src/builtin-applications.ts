import { readdirSync, readFileSync } from "node:fs";
import { type BuiltinFile, packApplication, packModel } from "./flash.ts";

/** Beside `src` and `dist`: the ELF files of `examples/apps`. */
const FOLDER = new URL("../builtins/", import.meta.url);
const ELF_ENDING = ".elf";
const MODEL_ENDING = ".model.elf";

/** What every system of this command has: the samples of `examples/apps` in C, and the model `xor`. */
export function builtinApplications(): BuiltinFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(ELF_ENDING))
    .sort()
    .map((name) => {
      const elf = readFileSync(new URL(name, FOLDER));
      return name.endsWith(MODEL_ENDING)
        ? packModel(name.slice(0, -MODEL_ENDING.length), elf)
        : packApplication(name.slice(0, -ELF_ENDING.length), elf);
    });
}
