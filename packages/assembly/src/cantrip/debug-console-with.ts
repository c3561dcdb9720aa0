import { type ConsoleCommands, debugConsoleWithCommands } from "@cantrip/debug-console/component";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import type { ComponentType } from "../description.ts";
import { debugConsole } from "./component-types.ts";

/** What a console has besides CantripOS's. */
export interface ConsoleExtension {
  /** Makes the commands; they appear in `help`. */
  readonly commands: ConsoleCommands;
  /** Interfaces that the commands call, by the name of the console's end: to be connected like any other. */
  readonly uses?: Readonly<Record<string, InterfaceDefinition>>;
}

/** `DebugConsole` with further commands, in place of `componentTypes.debugConsole`. */
export function debugConsoleWith({ commands, uses = {} }: ConsoleExtension): ComponentType {
  const names = Object.keys(uses);
  return {
    ...debugConsole,
    program: debugConsoleWithCommands(commands),
    uses: [...(debugConsole.uses ?? []), ...names],
    interfaces: { ...debugConsole.interfaces, ...uses },
    callers: {
      ...debugConsole.callers,
      ...Object.fromEntries(names.map((name) => [name, ["control"]])),
    },
    // Commands run in the control thread, also those that wait for a signal.
    threadless: [...(debugConsole.threadless ?? []), ...names],
  };
}
