import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Machine, PlatformDescription, Xlen } from "@cantrip/hw-riscv";
import { CommitLog } from "@cantrip/hw-riscv/disasm";
import { ExitCode } from "../exit-code.ts";
import { HostConsole } from "../host-console.ts";
import { readInput, touchOutput } from "../input-files.ts";
import { UsageError } from "../usage-error.ts";
import { Htif } from "./htif.ts";
import { LogFile } from "./log-file.ts";
import { type RunArguments, parseRunArguments } from "./run-arguments.ts";
import { readImage, type RunImage, xlenOf } from "./run-image.ts";
import { drive, type RunEnd } from "./run-loop.ts";
import { type PreparedRun, prepareRun, type RunFirmware } from "./run-machine.ts";
import { findBoard } from "./run-platforms.ts";
import { statsOf } from "./run-stats.ts";

const USAGE = `usage: cantrip run IMAGE [options]

Runs a program for bare RISC-V hardware: an ELF executable, loaded at its physical addresses, or a raw binary. stdout is
the first UART; stdin goes to it.

  --platform NAME      qemu-virt (default), sifive-u, nexus, sparrow
  --ram SIZE           RAM, for example 256MiB
  --xlen 32|64         width of a register; an ELF file says it itself
  --firmware none      machine mode is the image's own (default): it is entered there
             sbi       an SBI outside the machine; the image is entered in supervisor mode
             FILE      firmware to execute, such as OpenSBI's fw_dynamic, fw_jump or fw_payload; it gets the image to
                       enter as fw_dynamic wants it
  --timeout SECONDS    ends the run after virtual seconds; there is no bound on the host's time
  --stats FILE         writes figures as JSON
  --trace FILE         writes every instruction, in the form of spike's --log-commits

Entered are: firmware at the beginning of RAM if it is raw, else at its entry point; a raw image at the beginning of RAM,
behind firmware 2 MiB further on (4 MiB with 32 bits). a0 is the hart's number, a1 the address of the device tree.
It ends when the program writes to the test finisher, or an odd word to its symbol tohost, or makes the SBI shut down.
A file on stdin is there from the start. What comes from a pipe or terminal enters when it comes; Ctrl-A x leaves.
Exit codes: 0 passed or shut down, 1 the machine stopped otherwise, 2 wrong usage, 42 time-out; else what the program says
(255 for more).
`;

/** Runs `cantrip run`. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return ExitCode.Ok;
  }
  const options = parseRunArguments(args);
  const image = readImage(options.image, readInput(options.image, "image"));
  const firmware = firmwareOf(options);
  const platform = findBoard(options.platform, widthOf(options, image, firmware));
  if (options.stats !== undefined) touchOutput(options.stats, "--stats");
  if (options.trace !== undefined) touchOutput(options.trace, "--trace");
  const host = new HostConsole(false);
  const print = (byte: number): void => {
    host.print(byte);
  };
  const console = consoleOf(platform);
  const { ramBytes } = options;
  const prepared = prepareRun({ platform, ramBytes, image, firmware, console, print });
  const began = performance.now();
  const end = await runPrepared(prepared, options, { console, host, print });
  host.flush();
  if (options.stats !== undefined) {
    const stats = statsOf(prepared.machine, performance.now() - began, end);
    writeFileSync(options.stats, `${JSON.stringify(stats, null, 2)}\n`);
  }
  return exitCodeOf(end, prepared.machine);
}

function firmwareOf({ firmware }: RunArguments): RunFirmware {
  if (firmware === "none" || firmware === "sbi") return { kind: firmware };
  return { kind: "guest", image: readImage(firmware, readInput(firmware, "--firmware")) };
}

/** The first UART. */
function consoleOf(platform: PlatformDescription): string {
  return platform.tree?.console ?? "uart0";
}

/** Width of a register: what the files say, and the option, which have to agree. */
function widthOf({ xlen }: RunArguments, image: RunImage, firmware: RunFirmware): Xlen {
  const said = xlenOf(image);
  const firmwareSays = firmware.kind === "guest" ? xlenOf(firmware.image) : undefined;
  const width = xlen ?? said ?? firmwareSays;
  if (width === undefined)
    throw new UsageError(`${image.name}: a raw binary; --xlen 32 or --xlen 64 is needed`);
  if (said !== undefined && said !== width)
    throw new UsageError(`${image.name}: a program for ${said} bits, not ${width}`);
  if (firmware.kind === "guest" && firmwareSays !== undefined && firmwareSays !== width)
    throw new UsageError(`${firmware.image.name}: firmware for ${firmwareSays} bits, not ${width}`);
  return width;
}

async function runPrepared(
  { machine, symbol }: PreparedRun,
  options: RunArguments,
  io: {
    readonly console: string;
    readonly host: HostConsole;
    readonly print: (byte: number) => void;
  },
): Promise<RunEnd> {
  const toHost = symbol("tohost");
  const htif =
    toHost === undefined
      ? undefined
      : new Htif(machine, { toHost, fromHost: symbol("fromhost") }, io.print);
  const seconds = options.timeoutSeconds ?? Infinity;
  const log = options.trace === undefined ? undefined : new LogFile(options.trace);
  try {
    return await drive({
      machine,
      console: io.console,
      cycles: seconds * machine.clock.cyclesPerSecond,
      poll: () => htif?.poll(),
      flush: () => {
        io.host.flush();
      },
      observer:
        log === undefined
          ? undefined
          : new CommitLog(machine, (line) => {
              log.write(line);
            }),
    });
  } finally {
    log?.close();
  }
}

/** Most that a process can end with. */
const GREATEST_CODE = 255;

function exitCodeOf(end: RunEnd, machine: Machine): number {
  const say = (text: string): void => {
    process.stderr.write(`cantrip: ${text}\n`);
  };
  const where = `pc 0x${machine.pc.toString(16)}, ${machine.timeMicroseconds / 1e6} virtual seconds`;
  switch (end.kind) {
    case "exit":
      return Math.min(end.code, GREATEST_CODE);
    case "left":
      return ExitCode.Ok;
    case "timeout":
      say(`time-out: ${where}`);
      return ExitCode.Timeout;
    case "idle":
      say(`the hart waits for an interrupt that cannot come: ${where}`);
      return ExitCode.Failed;
    case "halted": {
      if (end.reason === "pass" || end.reason === "shutdown") return ExitCode.Ok;
      const code = /^fail (\d+)$/.exec(end.reason)?.[1];
      if (code !== undefined) return Math.min(Math.max(Number(code), 1), GREATEST_CODE);
      say(`the machine stopped: ${end.reason}, ${where}`);
      return ExitCode.Failed;
    }
  }
}
