export { formatRecord } from "./format-record.ts";
export { logLevelName, parseLogLevel } from "./level.ts";
export { LogFilter, MAX_FILTERED_TARGETS } from "./log-filter.ts";
export { Logger, type LoggerOptions } from "./logger.ts";
