export { disassemble, type DisassembleOptions } from "./disassemble.ts";
export { CommitLog } from "./commit-log.ts";
