export { assemble, type AssembleOptions, type Assembly, AssemblyError } from "./assemble.ts";
