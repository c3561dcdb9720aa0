import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { format } from "prettier";
import { InterpreterSource } from "./interpreter-source.ts";

const XLENS = [32, 64] as const;

/** The files that the instruction table makes, by their paths. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const xlen of XLENS) {
    const path = new URL(`../src/generated/interpret-rv${xlen}.ts`, import.meta.url).pathname;
    files.set(
      path,
      await format(new InterpreterSource(xlen).source(), {
        parser: "typescript",
        printWidth: 100,
      }),
    );
  }
  return files;
}

/** Writes what has changed. */
async function main(): Promise<void> {
  for (const [path, text] of await generatedFiles()) {
    let old = "";
    try {
      old = readFileSync(path, "utf8");
    } catch {
      // It is written for the first time.
    }
    if (old !== text) writeFileSync(path, text);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
