import { writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { decodeRecording, encodeRecording, type Recording } from "@cantrip/assembly/riscv";
import { UsageError } from "./boot-arguments.ts";
import { readInput } from "./input-files.ts";

/** Writes a recording, compressed with gzip. */
export function writeRecording(file: string, recording: Recording): void {
  writeFileSync(file, gzipSync(encodeRecording(recording)));
}

/** Reads a recording. @throws UsageError when the file is none */
export function readRecording(file: string): Recording {
  const bytes = readInput(file, "replay");
  try {
    return decodeRecording(new TextDecoder().decode(gunzipSync(bytes)));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
