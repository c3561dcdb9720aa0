import { writeFileSync } from "node:fs";
import process from "node:process";
import type { Measurement } from "./measurement.ts";

/** Prints the rows of a bench. @param json - also writes them to this file */
export function report(rows: readonly Measurement[], json: string | undefined): void {
  for (const row of rows) printRow(row);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
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
