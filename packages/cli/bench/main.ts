import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchPostcard } from "../../postcard/bench/postcard.ts";
import { buildForNode } from "../scripts/build-for-node.ts";
import type { Measurement } from "../src/bench/measurement.ts";
import { report } from "../src/bench/report.ts";
import { benchCapdl } from "./capdl.ts";

/**
 * Benches that run as the packages do when they are built: in one file, by Node alone. A runner of TypeScript adds code of
 * its own to every function that has a name.
 */
const BUILT = ["boot", "ipc", "services", "workloads"];
/** Benches that build what they measure themselves. */
const OTHERS = new Map<string, () => readonly Measurement[]>([
  ["capdl", benchCapdl],
  ["postcard", benchPostcard],
]);

/** Beside `src`, because the program reads the built-in applications from where they lie from there. */
const FOLDER = new URL("../.bench/", import.meta.url);

function runBuilt(name: string, json: string | undefined): number {
  const outfile = fileURLToPath(new URL("bench.mjs", FOLDER));
  try {
    buildForNode(fileURLToPath(new URL("../src/bench.ts", import.meta.url)), outfile);
    const args = json === undefined ? [name] : [name, json];
    return spawnSync(process.execPath, [outfile, ...args], { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const [name = ""] = positionals;
const other = OTHERS.get(name);
if (other !== undefined) report(other(), values.json);
else if (BUILT.includes(name)) process.exitCode = runBuilt(name, values.json);
else {
  const known = [...BUILT, ...OTHERS.keys()].sort().join(", ");
  process.stderr.write(`bench: ${name === "" ? "a name is needed" : name}; known: ${known}\n`);
  process.exitCode = 2;
}
