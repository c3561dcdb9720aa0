export { boot } from "./boot-command.ts";
export { builtinApplications } from "./builtin-applications.ts";
export { capdl } from "./capdl-command.ts";
export { disasm } from "./disasm-command.ts";
export { type BuiltinFile, makeFlash, packApplication, packModel } from "./flash.ts";
export { run } from "./run/run-command.ts";
