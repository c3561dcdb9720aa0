import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { AssemblyError, ConsoleScript, type SystemDescription } from "@cantrip/assembly";
import { bootSystem, type RunningSystem } from "@cantrip/assembly/riscv";
import { readElf } from "@cantrip/elf";
import type { HostedError } from "@cantrip/hw-riscv";
import { type BootArguments, parseBootArguments, UsageError } from "./boot-arguments.ts";
import { builtinApplications } from "./builtin-applications.ts";
import { type BuiltinFile, makeFlash, packApplication, replaceFiles } from "./flash.ts";
import { runInteractively } from "./interactive.ts";
import { RunMeter } from "./run-meter.ts";
import { type RunOutcome, runScript } from "./scripted-run.ts";
import { findSystem } from "./systems.ts";

/** Exit codes of `cantrip boot`. */
const ExitCode = { Ok: 0, Failed: 1, Usage: 2, Timeout: 42 } as const;

const USAGE = `usage: cantrip boot [options]

  --system NAME        sparrow (default)
  --profile NAME       kernel profile: cantrip (default), upstream
  --platform NAME      sparrow (default)
  --ram SIZE           RAM, for example 4MiB
  --app NAME=FILE.elf  packs a program into the built-in archive (repeatable)
  --script FILE        lines to type at the prompt, each when the prompt is back
  --expect-text TEXT   text that must appear (repeatable)
  --fail-text TEXT     text that ends the run with exit code 1 (repeatable)
  --timeout SECONDS    virtual seconds (default 60 with a script)
  --stats FILE         writes figures as JSON

Without --script and texts the console is this terminal; Ctrl-A x leaves.
Exit codes: 0 done, 1 failed, 2 wrong usage, 42 time-out.
`;

/** Runs `cantrip boot`. Returns the exit code. */
export async function boot(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return ExitCode.Ok;
  }
  const options = parseBootArguments(args);
  const description = findSystem(options.system, options.profile, options.platform);
  const flash = makeFlash(replaceFiles(builtinApplications(), options.apps.map(readApplication)));
  const lines = options.script === undefined ? [] : readScript(options.script);
  if (options.stats !== undefined) touchOutput(options.stats, "--stats");
  const isScripted =
    options.script !== undefined || options.expectTexts.length > 0 || options.failTexts.length > 0;
  try {
    return isScripted
      ? bootScripted(options, description, flash, lines)
      : await bootInteractive(options, description, flash);
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    process.stderr.write(`cantrip: ${error.message}\n`);
    return ExitCode.Usage;
  }
}

function readApplication({
  name,
  file,
}: {
  readonly name: string;
  readonly file: string;
}): BuiltinFile {
  const elf = readInput(file, `--app ${name}`);
  try {
    readElf(elf);
    return packApplication(name, elf);
  } catch (error) {
    throw new UsageError(
      `--app ${name}: ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Makes sure that a result can be written before time is spent on it. */
function touchOutput(file: string, option: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readScript(file: string): string[] {
  const text = new TextDecoder().decode(readInput(file, "--script"));
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function readInput(file: string, option: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Receives what the system prints and what goes wrong in it. */
class HostConsole {
  #pending: number[] = [];
  crashes = 0;

  print(byte: number): void {
    this.#pending.push(byte);
    if (byte === 0x0a || this.#pending.length >= 4096) this.flush();
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    process.stdout.write(Uint8Array.from(this.#pending));
    this.#pending = [];
  }

  crash({ component, thread, kind, message, stack }: HostedError): void {
    this.crashes++;
    process.stderr.write(`cantrip: ${component}, thread ${thread} ${kind}: ${stack ?? message}\n`);
  }
}

function bootScripted(
  options: BootArguments,
  description: SystemDescription,
  flash: Uint8Array,
  lines: readonly string[],
): number {
  const host = new HostConsole();
  const script = new ConsoleScript({
    lines,
    expectTexts: options.expectTexts,
    failTexts: options.failTexts,
  });
  const system = bootSystem({
    system: description,
    flash,
    ...(options.ramBytes === undefined ? {} : { ramBytes: options.ramBytes }),
    onConsole(byte) {
      host.print(byte);
      script.print(byte);
    },
    onHostedError: (error) => {
      host.crash(error);
    },
  });
  const meter = new RunMeter(system, () => performance.now());
  const limit = options.timeoutSeconds * system.cyclesPerSecond;
  const outcome = runScript(system, script, { cycles: limit }, meter);
  host.flush();
  writeStats(options, meter);
  return exitCodeOf(outcome, options, host, system);
}

function exitCodeOf(
  outcome: RunOutcome,
  options: BootArguments,
  host: HostConsole,
  system: RunningSystem,
): number {
  const say = (text: string): void => void process.stderr.write(`cantrip: ${text}\n`);
  switch (outcome.kind) {
    case "failed":
      say(`fail text "${outcome.text}" appeared`);
      return ExitCode.Failed;
    case "timeout":
      say(
        `time-out after ${options.timeoutSeconds} virtual seconds${missingTexts(outcome.missing)}`,
      );
      return ExitCode.Timeout;
    case "stopped":
      say(
        `the system stopped${system.haltReason === undefined ? "" : ` (${system.haltReason})`}${missingTexts(outcome.missing)}`,
      );
      return host.crashes > 0 ? ExitCode.Failed : ExitCode.Timeout;
    case "done":
      if (host.crashes === 0) return ExitCode.Ok;
      say(`${host.crashes} service thread${host.crashes === 1 ? "" : "s"} crashed`);
      return ExitCode.Failed;
  }
}

function missingTexts(missing: readonly string[]): string {
  return missing.length === 0 ? "" : `; not seen: ${missing.map((text) => `"${text}"`).join(", ")}`;
}

function writeStats(options: BootArguments, meter: RunMeter): void {
  if (options.stats === undefined) return;
  writeFileSync(options.stats, `${JSON.stringify(meter.stats(), null, 2)}\n`);
}

async function bootInteractive(
  options: BootArguments,
  description: SystemDescription,
  flash: Uint8Array,
): Promise<number> {
  const host = new HostConsole();
  const prompts = new ConsoleScript({ lines: [], expectTexts: [], failTexts: [] });
  const system = bootSystem({
    system: description,
    flash,
    ...(options.ramBytes === undefined ? {} : { ramBytes: options.ramBytes }),
    onConsole: (byte) => {
      host.print(byte);
      prompts.print(byte);
    },
    onHostedError: (error) => {
      host.crash(error);
    },
  });
  const meter = new RunMeter(system, () => performance.now());
  await runInteractively(system, {
    prompts: () => prompts.prompts,
    flush: () => {
      host.flush();
    },
    look: () => {
      meter.look(prompts.prompts);
    },
  });
  writeStats(options, meter);
  return host.crashes === 0 ? ExitCode.Ok : ExitCode.Failed;
}
