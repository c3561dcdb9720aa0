import {
  type ComponentDefinition,
  type ComponentThread,
  type Handlers,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { type LogLevel, loggerInterface } from "@cantrip/interfaces/logger";
import { LogFilter } from "@cantrip/logger";
import { LineEditor } from "../line-editor.ts";
import { Shell, type ShellOutput } from "../shell.ts";
import { commandsOf, type ConsoleCommands, INITIAL_LOG_LEVEL } from "./commands/all-commands.ts";
import { type CommandEnvironment, debugName } from "./commands/command-support.ts";
import { ConsoleOutput, ConsoleReader, ConsoleWriter } from "./console-lines.ts";
import { loadScript } from "./script-loader.ts";

const PROMPT = "CANTRIP> ";
const AUTOSTART = "source -q autostart.repl";
/** Scripts that run each other end here. */
const MAX_SCRIPT_DEPTH = 4;

/** What shell and log share. */
export interface DebugConsoleState {
  readonly output: ConsoleOutput;
  readonly logFilter: LogFilter;
}

/** The shell of the control thread. */
class Console implements CommandEnvironment {
  readonly thread: ComponentThread;
  readonly #state: DebugConsoleState;
  readonly #shell: Shell;
  #depth = 0;

  constructor(thread: ComponentThread, state: DebugConsoleState, more: ConsoleCommands) {
    this.thread = thread;
    this.#state = state;
    this.#shell = new Shell({ ...commandsOf(this), ...more(this) }, debugName);
  }

  get logLevel(): LogLevel {
    return this.#state.logFilter.level;
  }
  set logLevel(level: LogLevel) {
    this.#state.logFilter.level = level;
  }
  get logFilter(): LogFilter {
    return this.#state.logFilter;
  }

  *run(): Task<void> {
    const writer = new ConsoleWriter(this.thread, this.#state.output);
    const reader = new ConsoleReader(this.thread);
    yield* this.#shell.run(AUTOSTART, writer);
    const editor = new LineEditor();
    for (;;) {
      yield* writer.write(PROMPT);
      let line: string | undefined;
      while (line === undefined) {
        const result = editor.key(yield* reader.read());
        if (result.echo !== "") yield* writer.write(result.echo);
        ({ line } = result);
      }
      yield* this.#shell.run(line, writer);
    }
  }

  *source(name: string, isQuiet: boolean, output: ShellOutput): Task<void> {
    if (this.#depth === MAX_SCRIPT_DEPTH) {
      yield* output.write(
        `source ${name} failed: scripts are nested more than ${MAX_SCRIPT_DEPTH} deep\n`,
      );
      return;
    }
    let text: string;
    try {
      text = yield* loadScript(this.thread, name);
    } catch (error) {
      if (!isQuiet) yield* output.write(`source ${name} failed: ${debugName(error)}\n`);
      return;
    }
    this.#depth++;
    // A last line without its end is not run.
    const lines = text.split("\n").slice(0, -1);
    for (const line of lines) {
      yield* output.write(`${PROMPT}${line}\n`);
      yield* this.#shell.run(line, output);
    }
    this.#depth--;
    yield* output.write(`${PROMPT}EOF\n`);
  }
}

function* serveLog(thread: ComponentThread, state: DebugConsoleState): Task<void> {
  const writer = new ConsoleWriter(thread, state.output);
  const handlers: Handlers<typeof loggerInterface> = {
    *Log({ level, msg }) {
      if (state.logFilter.prints(level, msg)) yield* writer.log(`${msg}\n`);
      return undefined;
    },
  };
  yield* serve(thread, "logger", loggerInterface, handlers, {
    background: { isPending: () => !state.output.ring.isEmpty, work: () => writer.drain() },
  });
}

/**
 * `DebugConsole` with further commands. One of the same name stands in for CantripOS's, except for `?` and `help`.
 *
 * A command that calls a service does so over an interface that the component's type has among its `uses`.
 *
 * @param commands - makes them when the console starts
 */
export function debugConsoleWithCommands(
  commands: ConsoleCommands,
): ComponentDefinition<DebugConsoleState> {
  return {
    name: "DebugConsole",
    create: (runtime) => ({
      output: new ConsoleOutput(runtime.mutex("output")),
      logFilter: new LogFilter(INITIAL_LOG_LEVEL),
    }),
    threads: {
      control: {
        *run(thread, state) {
          yield* new Console(thread, state, commands).run();
        },
      },
      logger: { run: serveLog },
    },
  };
}

/** `DebugConsole`: the shell, and the log of all components. */
export const debugConsoleComponent: ComponentDefinition<DebugConsoleState> =
  debugConsoleWithCommands(() => ({}));
