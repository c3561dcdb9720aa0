export { formatF32, parseF32 } from "./f32.ts";
export { WordHeap } from "./heap.ts";
export { type KeyResult, LineEditor, MAX_LINE_BYTES } from "./line-editor.ts";
export { type Command, InvalidArguments, Panic, Shell, type ShellOutput } from "./shell.ts";
export { LOG_RING_BYTES, LogRing } from "./log-ring.ts";
