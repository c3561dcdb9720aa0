import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { AssemblyError, ConsoleScript } from "@cantrip/assembly";
import {
  type BootedSystem,
  finishRecording,
  type MachineSystem,
  type RealKernelSystem,
} from "@cantrip/assembly/riscv";
import { ElfError, readElf } from "@cantrip/elf";
import { type BootArguments, parseBootArguments, UsageError } from "./boot-arguments.ts";
import { type BootTarget, makeTarget, type TargetConfiguration } from "./boot-target.ts";
import { builtinApplications } from "./builtin-applications.ts";
import { ExitCode } from "./exit-code.ts";
import { type BuiltinFile, makeFlash, packApplication, replaceFiles } from "./flash.ts";
import { HostConsole } from "./host-console.ts";
import { readFolder, readInput, touchOutput } from "./input-files.ts";
import { runInteractively } from "./interactive.ts";
import { writeRecording } from "./recording-file.ts";
import { RunMeter } from "./run-meter.ts";
import { RunTraces } from "./run-traces.ts";
import { type RunOutcome, runScript } from "./scripted-run.ts";
import { findPlatform } from "./systems.ts";

const USAGE = `usage: cantrip boot [options]

  --system NAME        sparrow (default)
  --profile NAME       kernel profile: cantrip (default), upstream, upstream64 (on qemu-virt)
  --platform NAME      sparrow (default); qemu-virt for --rootserver and --capdl
  --ram SIZE           RAM, for example 4MiB
  --app NAME=FILE.elf  packs a program into the built-in archive (repeatable)
  --capdl SPEC --images DIR
                       boots a capDL specification with the files of a folder, without CantripOS's services
  --rootserver ELF     boots an initial task
  --kernel ELF         executes a real seL4 kernel for the platform and the profile instead of the kernel model
  --script FILE        lines to type at the prompt, each when the prompt is back
  --prompt TEXT        what the console of --capdl or --rootserver prints when it waits for a line
  --expect-text TEXT   text that must appear (repeatable)
  --fail-text TEXT     text that ends the run with exit code 1 (repeatable)
  --timeout SECONDS    virtual seconds (default 60 with a script)
  --stats FILE         writes figures as JSON
  --record FILE        writes a recording of the run for cantrip replay
  --strace[=COMPONENT] prints system calls and messages on stderr, of everybody or of a component or thread
  --trace FILE         writes a trace that opens in Perfetto (trace event format, JSON)

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
  const configuration = configurationOf(options);
  const lines = options.script === undefined ? [] : readScript(options.script);
  if (options.stats !== undefined) touchOutput(options.stats, "--stats");
  if (options.record !== undefined) touchOutput(options.record, "--record");
  if (options.trace !== undefined) touchOutput(options.trace, "--trace");
  const host = new HostConsole(options.record !== undefined);
  const traces = new RunTraces(options);
  const booted = bootTarget(options, { configuration, host, traces, lines });
  if (booted === undefined) return ExitCode.Usage;
  const { system, script, target, hasPrompt } = booted;
  const code = await run({ options, host, script, system, hasPrompt });
  traces.finish();
  if (options.record !== undefined)
    writeRecording(options.record, finishRecording(target.configuration, system, host.printed));
  return code;
}

/** What was read and made before the boot. */
interface BootPreparation {
  readonly configuration: TargetConfiguration;
  readonly host: HostConsole;
  readonly traces: RunTraces;
  readonly lines: readonly string[];
}

/** Checks and boots; says what is wrong when that cannot be. */
function bootTarget(
  options: BootArguments,
  { configuration, host, traces, lines }: BootPreparation,
): (Pick<Run, "script" | "system" | "hasPrompt"> & { readonly target: BootTarget }) | undefined {
  const { expectTexts, failTexts } = options;
  try {
    const target = makeTarget(configuration);
    const prompt = options.prompt ?? target.prompt ?? null;
    const script = new ConsoleScript({ lines, expectTexts, failTexts, prompt });
    const { observer } = traces;
    const system = target.boot({
      ...(observer === undefined ? {} : { observer }),
      onConsole(byte) {
        host.print(byte);
        script.print(byte);
      },
      onHostedError: (error) => {
        host.crash(error);
      },
    });
    return { target, script, system, hasPrompt: prompt !== null };
  } catch (error) {
    if (!isBadInput(error)) throw error;
    process.stderr.write(`cantrip: ${error.message}\n`);
    return undefined;
  }
}

/** What is wrong with what was to be booted, or with its fit into memory. */
function isBadInput(error: unknown): error is Error {
  return error instanceof AssemblyError || error instanceof ElfError || error instanceof RangeError;
}

interface Run {
  readonly options: BootArguments;
  readonly host: HostConsole;
  readonly script: ConsoleScript;
  readonly system: BootedSystem | RealKernelSystem;
  readonly hasPrompt: boolean;
}

/** Drives a booted system from a script or from this terminal. Returns the exit code. */
async function run({ options, host, script, system, hasPrompt }: Run): Promise<number> {
  const isScripted =
    options.script !== undefined || options.expectTexts.length > 0 || options.failTexts.length > 0;
  const meter = new RunMeter(system, () => performance.now());
  const cycles = options.timeoutSeconds * system.cyclesPerSecond;
  let code: number;
  if (isScripted) {
    const outcome = runScript(system, script, { cycles, hasPrompt }, meter);
    host.flush();
    code = exitCodeOf(outcome, options, host, system);
  } else {
    await runInteractively(system, {
      prompts: () => script.prompts,
      ...{ hasPrompt, cycles },
      flush: () => {
        host.flush();
      },
      look: () => {
        meter.look(script.prompts);
      },
    });
    code = host.crashes === 0 ? ExitCode.Ok : ExitCode.Failed;
  }
  if (options.stats !== undefined)
    writeFileSync(options.stats, `${JSON.stringify(meter.stats(), null, 2)}\n`);
  return code;
}

function configurationOf(options: BootArguments): TargetConfiguration {
  const { profile, platform } = options;
  const ramBytes = options.ramBytes ?? findPlatform(platform).defaultRamBytes;
  const common = { profile, platform, ramBytes, ...kernelImageOf(options) };
  const noFlash = { flash: new Uint8Array(0) };
  if (options.rootserver !== undefined) {
    const elf = readInput(options.rootserver, "--rootserver");
    return { ...common, ...noFlash, system: { kind: "root-task", elf } };
  }
  if (options.capdl !== undefined) {
    const text = new TextDecoder().decode(readInput(options.capdl.spec, "--capdl"));
    const files = readFolder(options.capdl.images, "--images");
    return { ...common, ...noFlash, system: { kind: "capdl", text, files } };
  }
  const flash = makeFlash(replaceFiles(builtinApplications(), options.apps.map(readApplication)));
  return { ...common, flash, system: { kind: "assembly", name: options.system } };
}

function kernelImageOf({ kernel }: BootArguments): Pick<TargetConfiguration, "kernelImage"> {
  return kernel === undefined ? {} : { kernelImage: readInput(kernel, "--kernel") };
}

function readApplication(app: { readonly name: string; readonly file: string }): BuiltinFile {
  const { name, file } = app;
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

function readScript(file: string): string[] {
  const text = new TextDecoder().decode(readInput(file, "--script"));
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function exitCodeOf(
  outcome: RunOutcome,
  options: BootArguments,
  host: HostConsole,
  system: MachineSystem,
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
