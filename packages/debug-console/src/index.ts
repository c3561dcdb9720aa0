export { type KeyResult, LineEditor, MAX_LINE_BYTES } from "./line-editor.ts";
export { type Command, InvalidArguments, Shell, type ShellOutput } from "./shell.ts";
