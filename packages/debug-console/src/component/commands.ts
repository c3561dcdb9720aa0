import {
  type ComponentThread,
  MemoryClient,
  RpcClient,
  RpcError,
  waitNotification,
} from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import { type LogLevel, LogLevel as LogLevels } from "@cantrip/interfaces/logger";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { logLevelName, parseLogLevel } from "@cantrip/logger";
import { type Command, InvalidArguments, type ShellOutput } from "../shell.ts";

/** What commands share with the rest of the console. */
export interface CommandEnvironment {
  readonly thread: ComponentThread;
  logLevel: LogLevel;
  /** Runs a script; `isQuiet` says nothing about a missing file. */
  source(name: string, isQuiet: boolean, output: ShellOutput): Task<void>;
}

/** Rust's `{:?}` of an error. */
export function debugName(error: unknown): string {
  if (error instanceof RpcError) return error.errorName;
  return error instanceof Error ? error.message : String(error);
}

/** Runs a service's request; an error is printed behind `prefix` as Rust's `{:?}` does. */
function* reporting(output: ShellOutput, prefix: string, body: () => Task<void>): Task<void> {
  try {
    yield* body();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    yield* output.write(`${prefix}: ${debugName(error)}\n`);
  }
}

function one(args: readonly string[]): string {
  const [first] = args;
  if (first === undefined || args.length !== 1) throw new InvalidArguments();
  return first;
}

const CAPSCAN_TARGETS: readonly (readonly [string, string])[] = [
  ["console", "DebugConsole"],
  ["memory", "MemoryManager"],
  ["process", "ProcessManager"],
  ["sdk", "SdkRuntime"],
  ["security", "SecurityCoordinator"],
  ["timer", "TimerService"],
];

/** The commands of the console, by name. */
export function commandsOf(environment: CommandEnvironment): Readonly<Record<string, Command>> {
  const { thread } = environment;
  const security = new RpcClient(thread, "security", securityInterface);
  const processes = new RpcClient(thread, "proc_ctrl", processControlInterface);
  const memory = new MemoryClient(thread);
  const listPackages: Command = (_args, output) =>
    reporting(output, "get_packages failed", function* () {
      const { bundleIds } = yield* security.call("GetPackages", undefined);
      for (const id of bundleIds) yield* output.write(`${id}\n`);
    });
  return {
    builtins: listPackages,
    packages: listPackages,
    bundles: (_args, output) =>
      reporting(output, "get_running_bundles failed", function* () {
        const { bundleIds } = yield* processes.call("GetRunningBundles", undefined);
        for (const id of bundleIds) yield* output.write(`${id}\n`);
      }),
    *start(args, output) {
      const id = one(args);
      yield* reporting(output, "start failed", function* () {
        yield* processes.call("Start", id);
        yield* output.write(`Bundle "${id}" started.\n`);
      });
    },
    *stop(args, output) {
      const id = one(args);
      yield* reporting(output, "stop failed", function* () {
        yield* processes.call("Stop", id);
        yield* output.write(`Bundle "${id}" stopped.\n`);
      });
    },
    *status(args, output) {
      const id = one(args);
      yield* reporting(output, "status failed", function* () {
        const { bundleState } = yield* processes.call("GetBundleState", id);
        const detail =
          bundleState.kind === "Exited" ? `Exited(${bundleState.value})` : bundleState.kind;
        yield* output.write(`${id}: ${detail}\n`);
      });
    },
    *ps() {
      yield* thread.sel4.debugDumpScheduler();
    },
    capscan: (args, output) => capScan(environment, memory, args, output),
    mstats: (_args, output) =>
      reporting(output, "stats failed", function* () {
        const stats = yield* memory.stats();
        yield* output.write(
          `${stats.allocatedBytes} bytes in-use, ${stats.freeBytes} bytes free, ` +
            `${stats.totalRequestedBytes} bytes requested, ${stats.overheadBytes} overhead\n`,
        );
        yield* output.write(
          `${stats.allocatedObjs} objs in-use, ${stats.totalRequestedObjs} objs requested\n`,
        );
      }),
    mdebug: (_args, output) => reporting(output, "stats failed", () => memory.debug()),
    *loglevel(args, output) {
      const [name] = args;
      if (args.length > 1) throw new InvalidArguments();
      if (name !== undefined) {
        const level = parseLogLevel(name);
        if (level === undefined) yield* output.write(`Unknown log level ${name}\n`);
        else environment.logLevel = level;
      }
      yield* output.write(`${logLevelName(environment.logLevel)}\n`);
    },
    *sleep(args) {
      const text = one(args);
      if (!/^\d+$/.test(text) || Number(text) > 0xffffffff) throw new InvalidArguments();
      yield* sleepFor(thread, Number(text));
    },
    *source(args, output) {
      const isQuiet = args[0] === "-q";
      yield* environment.source(one(isQuiet ? args.slice(1) : args), isQuiet, output);
    },
    ...keyCommands(security),
  };
}

function* sleepFor(thread: ComponentThread, ms: number): Task<void> {
  const timer = new RpcClient(thread, "timer", timerInterface);
  try {
    yield* timer.call("Oneshot", { timerId: 0, durationMs: ms });
  } catch (error) {
    if (error instanceof RpcError)
      throw new InvalidArguments("the timer was refused", { cause: error });
    throw error;
  }
  yield* waitNotification(thread, "timer");
  yield* timer.call("CompletedTimers", undefined);
}

function keyCommands(
  security: RpcClient<typeof securityInterface>,
): Readonly<Record<string, Command>> {
  return {
    *kvread(args, output) {
      const [bundleId, key] = args;
      if (bundleId === undefined || key === undefined || args.length !== 2)
        throw new InvalidArguments();
      yield* reporting(output, `Read key "${key}" failed`, function* () {
        const { value } = yield* security.call("ReadKey", { bundleId, key });
        yield* output.write(`Read key "${key}" = [${[...value].join(", ")}].\n`);
      });
    },
    *kvwrite(args, output) {
      const [bundleId, key, ...words] = args;
      if (bundleId === undefined || key === undefined || words.length === 0)
        throw new InvalidArguments();
      const text = words.join(" ");
      yield* reporting(output, `Write key "${key}" failed`, function* () {
        const value = Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
        yield* security.call("WriteKey", { bundleId, key, value });
        yield* output.write(`Write key "${key}" = "${text}".\n`);
      });
    },
    *kvdelete(args, output) {
      const [bundleId, key] = args;
      if (bundleId === undefined || key === undefined || args.length !== 2)
        throw new InvalidArguments();
      yield* reporting(output, `Delete key "${key}" failed`, function* () {
        yield* security.call("DeleteKey", { bundleId, key });
        yield* output.write(`Delete key "${key}".\n`);
      });
    },
  };
}

function* capScan(
  { thread }: CommandEnvironment,
  memory: MemoryClient,
  args: readonly string[],
  output: ShellOutput,
): Task<void> {
  const [target] = args;
  if (args.length > 1) throw new InvalidArguments();
  if (target === undefined) {
    yield* output.write("capscan <target>, where <target> is one of:\n");
    yield* forEachTask(CAPSCAN_TARGETS, ([name, type]) => output.write(`  ${name} (${type})\n`));
    yield* output.write("anything else is treated as a bundle_id\n");
    return;
  }
  yield* reporting(output, target, function* () {
    switch (target) {
      case "console":
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        break;
      case "memory":
        yield* memory.capScan();
        break;
      case "process":
        yield* new RpcClient(thread, "proc_ctrl", processControlInterface).call(
          "CapScan",
          undefined,
        );
        break;
      case "sdk":
        yield* new RpcClient(thread, "sdk_manager", sdkManagerInterface).call("Capscan", undefined);
        break;
      case "security":
        yield* new RpcClient(thread, "security", securityInterface).call("CapScan", undefined);
        break;
      case "timer":
        yield* new RpcClient(thread, "timer", timerInterface).call("Capscan", undefined);
        break;
      default:
        yield* new RpcClient(thread, "proc_ctrl", processControlInterface).call(
          "CapScanBundle",
          target,
        );
        break;
    }
  });
}

/** Level at which the console starts. */
export const INITIAL_LOG_LEVEL: LogLevel = LogLevels.Info;
