import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { benchBoot } from "./bench/boot.ts";
import { benchIpc } from "./bench/ipc.ts";
import { benchSdkPing } from "./bench/sdk-ping.ts";
import { benchServices } from "./bench/services.ts";
import { benchWorkloads } from "./bench/workloads.ts";
import type { Measurement } from "./bench/measurement.ts";

type Bench = () => readonly Measurement[] | Promise<readonly Measurement[]>;
/** Every bench by its name. */
const BENCHES = new Map<string, Bench>([
  ["boot", benchBoot],
  ["capdl", benchCapdl],
  ["ipc", benchIpc],
  ["postcard", benchPostcard],
  ["services", () => [...benchServices(), ...benchSdkPing()]],
  ["workloads", benchWorkloads],
]);

/** This one builds what it measures, by a tool that is no dependency of the command. */
async function benchCapdl(): Promise<readonly Measurement[]> {
  const place = new URL("../bench/capdl.ts", import.meta.url);
  const bench = (await import(place.href)) as { benchCapdl(): readonly Measurement[] };
  return bench.benchCapdl();
}

/** The bench of the codec lies with its peers, which are no dependencies of the command. */
async function benchPostcard(): Promise<readonly Measurement[]> {
  const place = new URL("../../postcard/bench/postcard.ts", import.meta.url);
  const bench = (await import(place.href)) as { benchPostcard(): readonly Measurement[] };
  return bench.benchPostcard();
}

function printRow({ name, peer, ours, theirs, ratio, unit, opsPerSecond }: Measurement): void {
  const rate =
    opsPerSecond === undefined ? "" : `${Math.round(opsPerSecond).toString()} per second`;
  const against =
    theirs === undefined || ratio === undefined
      ? ""
      : `, ${ratio.toFixed(1)} times the ${theirs.toFixed(1)} of: ${peer ?? ""}`;
  process.stdout.write(
    `${name.padEnd(32)} ${ours.toFixed(1).padStart(10)} ${unit.padEnd(24)} ${rate}${against}`.trimEnd() +
      "\n",
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const bench = BENCHES.get(positionals[0] ?? "");
if (bench === undefined) {
  const known = [...BENCHES.keys()].join(", ");
  process.stderr.write(`bench: ${positionals[0] ?? "a name is needed"}; known: ${known}\n`);
  process.exitCode = 2;
} else {
  const results = await bench();
  for (const row of results) printRow(row);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}
