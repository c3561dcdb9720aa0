import process from "node:process";
import { ReplayMismatch, replayRecording } from "@cantrip/assembly/riscv";
import { ReplayDivergence } from "@cantrip/hw-riscv";
import { UsageError } from "./boot-arguments.ts";
import { makeTarget } from "./boot-target.ts";
import { ExitCode } from "./exit-code.ts";
import { HostConsole } from "./host-console.ts";
import { readRecording } from "./recording-file.ts";

/** `cantrip replay FILE`: repeats a recorded run and compares. Returns the exit code. */
export function replay(args: readonly string[]): number {
  const [file, ...rest] = args;
  if (file === undefined || rest.length > 0) throw new UsageError("replay: one FILE is needed");
  const recording = readRecording(file);
  const target = makeTarget(recording);
  if (Buffer.compare(target.configuration.image, recording.image) !== 0) {
    throw new UsageError(
      `${file}: this version makes another image of the system than the recording has`,
    );
  }
  const host = new HostConsole(true);
  const system = target.boot({
    onConsole: (byte) => {
      host.print(byte);
    },
    onHostedError: (error) => {
      host.crash(error);
    },
  });
  try {
    replayRecording(recording, system, () => host.printed);
  } catch (error) {
    if (!(error instanceof ReplayDivergence || error instanceof ReplayMismatch)) throw error;
    host.flush();
    process.stderr.write(`cantrip: replay differs: ${error.message}\n`);
    return ExitCode.Failed;
  }
  host.flush();
  const { instructions } = recording.end;
  process.stderr.write(
    `cantrip: the same run: ${recording.inputs.length} inputs, ${instructions} instructions\n`,
  );
  return ExitCode.Ok;
}
