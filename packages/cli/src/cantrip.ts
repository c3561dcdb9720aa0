#!/usr/bin/env node
import process from "node:process";
import { boot } from "./boot-command.ts";
import { capdl, explain } from "./capdl-command.ts";
import { disasm } from "./disasm-command.ts";
import { replay } from "./replay-command.ts";
import { run } from "./run/run-command.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `usage: cantrip COMMAND

  boot           boots a system and runs a script at its console; see cantrip boot --help
  run IMAGE      runs a program or kernel for bare RISC-V hardware; see cantrip run --help
  disasm FILE    lists the instructions of a program
  replay FILE    repeats a recorded run and compares it byte by byte
  capdl check    checks a capDL specification: FILE [--dialect upstream|cantrip] [--rules all|tool] [--format text|json|sarif]
  capdl print    prints a capDL specification, a file's or a system's: [FILE] [--dialect upstream|cantrip] [--system NAME]
  capdl json     prints it as rust-sel4's JSON; same arguments
  explain CODE   tells what a diagnostic of capdl means
`;

function main(args: readonly string[]): number | Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "boot":
      return boot(rest);
    case "run":
      return run(rest);
    case "disasm":
      return disasm(rest);
    case "replay":
      return replay(rest);
    case "capdl":
      return capdl(rest);
    case "explain":
      return explain(rest);
    case "--help":
    case "help":
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError(
        command === undefined
          ? "a command is needed: boot, run, disasm, replay, capdl, explain"
          : `unknown command "${command}"; known: boot, run, disasm, replay, capdl, explain`,
      );
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`cantrip: ${error.message}\n`);
  process.exitCode = 2;
}
