export { type ChromeTrace, type ChromeTraceOptions, createChromeTrace } from "./chrome-trace.ts";
export { createStrace, type StraceOptions } from "./strace.ts";
