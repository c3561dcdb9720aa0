import { type LogLevel, LogLevel as LogLevels } from "@cantrip/interfaces/logger";
import type { Command } from "../../shell.ts";
import { bundleCommands } from "./bundle-commands.ts";
import { capScan } from "./capscan-command.ts";
import { type CommandEnvironment, one } from "./command-support.ts";
import { fringeCommands } from "./fringe-commands.ts";
import { logLevel } from "./loglevel-command.ts";
import { memoryCommands } from "./memory-commands.ts";
import { mlCommands } from "./ml-commands.ts";
import { securityCommands } from "./security-commands.ts";
import { testCommands } from "./test-commands.ts";
import { timerCommands } from "./timer-commands.ts";

/** Level at which the console starts. */
export const INITIAL_LOG_LEVEL: LogLevel = LogLevels.Info;

/** Makes commands, by name: each a word that is typed at the prompt. */
export type ConsoleCommands = (
  environment: CommandEnvironment,
) => Readonly<Record<string, Command>>;

/** The commands of the console, by name. */
export function commandsOf(environment: CommandEnvironment): Readonly<Record<string, Command>> {
  return {
    ...consoleCommands(environment),
    ...bundleCommands(environment),
    ...memoryCommands(environment),
    ...securityCommands(environment),
    ...timerCommands(environment),
    ...mlCommands(environment),
    ...testCommands(environment),
    ...fringeCommands,
  };
}

/** The console itself and the kernel. */
function consoleCommands(environment: CommandEnvironment): Readonly<Record<string, Command>> {
  return {
    *ps() {
      yield* environment.thread.sel4.debugDumpScheduler();
    },
    capscan: (args, output) => capScan(environment, args, output),
    loglevel: (args, output) => logLevel(environment, args, output),
    *source(args, output) {
      const isQuiet = args[0] === "-q";
      yield* environment.source(one(isQuiet ? args.slice(1) : args), isQuiet, output);
    },
  };
}
