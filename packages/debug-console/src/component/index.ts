export type { ConsoleCommands } from "./commands/all-commands.ts";
export {
  type CommandEnvironment,
  one as oneArgument,
  reporting,
  two as twoArguments,
  word as wordArgument,
} from "./commands/command-support.ts";
export {
  debugConsoleComponent,
  type DebugConsoleState,
  debugConsoleWithCommands,
} from "./debug-console-component.ts";
