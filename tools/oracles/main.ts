import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseRecord, printRecord } from "./record.ts";
import { runOracles } from "./run-oracles.ts";
import { suites } from "./suites.ts";

const RECORD = fileURLToPath(new URL("../../docs/oracles.json", import.meta.url));

process.exitCode = await runOracles({
  suites,
  args: process.argv.slice(2),
  folder: process.env["CANTRIP_ORACLES"],
  record: parseRecord(readFileSync(RECORD, "utf8")),
  writeRecord: (record) => {
    writeFileSync(RECORD, printRecord(record));
  },
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
