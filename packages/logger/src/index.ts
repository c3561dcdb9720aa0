export { formatRecord } from "./format-record.ts";
export { logLevelName, parseLogLevel } from "./level.ts";
export { Logger, type LoggerOptions } from "./logger.ts";
