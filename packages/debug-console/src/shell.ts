import { forEachTask, type Task } from "@cantrip/hosted";

/** A command was used wrongly: the shell prints `invalid arguments: <command>`. */
export class InvalidArguments extends Error {
  override readonly name = "InvalidArguments";
}

/** The console is to stop here: the shell does not catch it, so that its thread faults. */
export class Panic extends Error {
  override readonly name = "Panic";
}

/** Where a command prints. */
export interface ShellOutput {
  write(text: string): Task<void>;
}

/** A command of the shell. */
export type Command = (args: readonly string[], output: ShellOutput) => Task<void>;

/** Finds and runs commands. */
export class Shell {
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #describeError: (error: unknown) => string;

  /** @param describeError - text for an error that a command threw */
  constructor(
    commands: Readonly<Record<string, Command>>,
    describeError: (error: unknown) => string,
  ) {
    const help: Command = (_args, output) =>
      forEachTask(names, (name) => output.write(`${name}\n`));
    const all = { ...commands, "?": help, help };
    const names = Object.keys(all).sort();
    this.#commands = new Map(Object.entries(all));
    this.#describeError = describeError;
  }

  /** Runs one line. Nothing it does throws, except a {@link Panic} and faults of the thread itself. */
  *run(line: string, output: ShellOutput): Task<void> {
    const [name, ...args] = line.split(/\s+/).filter((word) => word !== "");
    if (name === undefined) {
      yield* output.write("\n");
      return;
    }
    const command = this.#commands.get(name);
    if (command === undefined) {
      yield* output.write(`unknown command: ${name}\n`);
      return;
    }
    try {
      yield* command(args, output);
    } catch (error) {
      if (error instanceof Panic) throw error;
      if (error instanceof InvalidArguments) yield* output.write(`invalid arguments: ${name}\n`);
      else yield* output.write(`${name} failed: ${this.#describeError(error)}\n`);
    }
  }
}
