import { type ComponentThread, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { LogLevel } from "@cantrip/interfaces/logger";
import type { LogFilter } from "@cantrip/logger";
import { InvalidArguments, type ShellOutput } from "../../shell.ts";

/** What commands share with the rest of the console. */
export interface CommandEnvironment {
  /** The console's control thread, which runs the commands: `rpcClient(thread, …)` calls a service. */
  readonly thread: ComponentThread;
  /** What components log above it is not printed. */
  logLevel: LogLevel;
  /** The same, and what is printed of targets that have a level of their own. */
  readonly logFilter: LogFilter;
  /** Runs a script; `isQuiet` says nothing about a missing file. */
  source(name: string, isQuiet: boolean, output: ShellOutput): Task<void>;
}

/** Rust's `{:?}` of an error. */
export function debugName(error: unknown): string {
  if (error instanceof RpcError) return error.errorName;
  return error instanceof Error ? error.message : String(error);
}

/** Runs a service's request; an error is printed behind `prefix` as Rust's `{:?}` does. */
export function* reporting(
  output: ShellOutput,
  prefix: string,
  body: () => Task<void>,
): Task<void> {
  try {
    yield* body();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    yield* output.write(`${prefix}: ${debugName(error)}\n`);
  }
}

/** The only argument. @throws InvalidArguments */
export function one(args: readonly string[]): string {
  const [first] = args;
  if (first === undefined || args.length !== 1) throw new InvalidArguments();
  return first;
}

/** The only two arguments. @throws InvalidArguments */
export function two(args: readonly string[]): readonly [string, string] {
  const [first, second] = args;
  if (first === undefined || second === undefined || args.length !== 2)
    throw new InvalidArguments();
  return [first, second];
}

/** An argument as `u32`. @throws InvalidArguments */
export function word(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 0xffffffff) throw new InvalidArguments();
  return Number(text);
}
