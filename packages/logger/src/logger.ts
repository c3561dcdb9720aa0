import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { loggerInterface, LogLevel } from "@cantrip/interfaces/logger";
import { formatRecord } from "./format-record.ts";

/** How a {@link Logger} works. */
export interface LoggerOptions {
  /** Records above this level are not sent. Default `Trace`: the console filters. */
  readonly level?: LogLevel;
  /** Name of the client interface. Default `logger`. */
  readonly interfaceName?: string;
}

/**
 * The log channel of one thread to the console. A record is a call: it returns when the console has taken it, which does not
 * wait for the UART. That it could not be delivered is not an error. Corresponds to the crate `cantrip-logger`.
 */
export class Logger {
  /** Records above this level are not sent. */
  level: LogLevel;
  readonly #client: RpcClient<typeof loggerInterface>;

  /** @throws RangeError when the component has no such client interface */
  constructor(thread: ComponentThread, options: LoggerOptions = {}) {
    this.level = options.level ?? LogLevel.Trace;
    this.#client = new RpcClient(thread, options.interfaceName ?? "logger", loggerInterface);
  }

  /** Logs at level Error. */
  error(target: string, text: string): Task<void> {
    return this.log(LogLevel.Error, target, text);
  }
  /** Logs at level Warn. */
  warn(target: string, text: string): Task<void> {
    return this.log(LogLevel.Warn, target, text);
  }
  /** Logs at level Info. */
  info(target: string, text: string): Task<void> {
    return this.log(LogLevel.Info, target, text);
  }
  /** Logs at level Debug. */
  debug(target: string, text: string): Task<void> {
    return this.log(LogLevel.Debug, target, text);
  }
  /** Logs at level Trace. */
  trace(target: string, text: string): Task<void> {
    return this.log(LogLevel.Trace, target, text);
  }

  /**
   * Logs a record.
   *
   * @param target - what the record is about, in CantripOS the Rust module; may be empty
   */
  *log(level: LogLevel, target: string, text: string): Task<void> {
    if (level > this.level) return;
    try {
      yield* this.#client.call("Log", { level, msg: formatRecord(target, text) });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
  }
}
