export { assemble, type AssembleOptions, type Assembly } from "./assemble.ts";
export { AssemblyError } from "./assembly-error.ts";
