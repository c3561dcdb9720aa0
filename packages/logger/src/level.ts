import { LogLevel } from "@cantrip/interfaces/logger";

/** Name of a level as Rust's `LevelFilter` prints it: `OFF`, `ERROR`, … `TRACE`; undefined for other numbers. */
export function logLevelName(level: number): string | undefined {
  return Object.entries(LogLevel)
    .find(([, value]) => value === level)?.[0]
    .toUpperCase();
}

/** The level of that name in any case, or `undefined`. */
export function parseLogLevel(name: string): LogLevel | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(LogLevel).find(([key]) => key.toLowerCase() === wanted)?.[1];
}
