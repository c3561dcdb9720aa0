import { forEachTask, type Task } from "@cantrip/hosted";
import { logLevelName, parseLogLevel } from "@cantrip/logger";
import { InvalidArguments, type ShellOutput } from "../../shell.ts";
import type { CommandEnvironment } from "./command-support.ts";

/** Takes a target's own level away. */
const DEFAULT = "default";

/**
 * `loglevel [LEVEL]`, as in CantripOS: what components log above it is not printed. `loglevel TARGET LEVEL|default`, an
 * addition, is for records whose target is `TARGET` or begins with `TARGET::`; those of an application have `[name]`.
 */
export function* logLevel(
  environment: CommandEnvironment,
  args: readonly string[],
  output: ShellOutput,
): Task<void> {
  const { logFilter } = environment;
  const [first, second] = args;
  if (args.length > 2) throw new InvalidArguments();
  if (second !== undefined && first !== undefined) {
    const level = parseLogLevel(second);
    if (level === undefined && second !== DEFAULT)
      yield* output.write(`Unknown log level ${second}\n`);
    else if (!logFilter.setTarget(first, level)) yield* output.write("too many targets\n");
  } else if (first !== undefined) {
    const level = parseLogLevel(first);
    if (level === undefined) yield* output.write(`Unknown log level ${first}\n`);
    else environment.logLevel = level;
  }
  yield* output.write(`${logLevelName(environment.logLevel) ?? ""}\n`);
  yield* forEachTask(logFilter.targets, ([target, level]) =>
    output.write(`  ${target} ${logLevelName(level) ?? ""}\n`),
  );
}
