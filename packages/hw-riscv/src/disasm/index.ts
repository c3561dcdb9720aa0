export { disassemble, type DisassembleOptions } from "./disassemble.ts";
