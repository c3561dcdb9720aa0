import type { Instruction, Xlen } from "./instruction.ts";
import { RV_A } from "./rv-a.ts";
import { RV_C } from "./rv-c.ts";
import { RV_D, RV_F } from "./rv-fd.ts";
import { RV_I } from "./rv-i.ts";
import { RV_M } from "./rv-m.ts";
import { PRIVILEGED, ZICSR } from "./rv-privileged.ts";
import type { SystemAction } from "./semantics.ts";
import { ZBA, ZBB, ZBS } from "./zb.ts";

/** Every instruction that the package knows. */
export const INSTRUCTIONS: readonly Instruction[] = [
  ...RV_I,
  ...RV_M,
  ...ZBA,
  ...ZBB,
  ...ZBS,
  ...RV_A,
  ...RV_F,
  ...RV_D,
  ...ZICSR,
  ...PRIVILEGED,
  ...RV_C,
];

/** Whether the interpreter's switch leaves an instruction to a second one: it is seldom, or long anyway. */
export function isRare(instruction: Instruction): boolean {
  switch (instruction.effect?.kind) {
    case "write":
    case "jump":
    case "branch":
    case "load":
    case "store":
    case "nothing":
      return false;
    case "system":
      return isRareAction(instruction.effect.action);
    default:
      return true;
  }
}

/** The way into the kernel, and a step of a thread in TypeScript, are not. */
export function isRareAction(action: SystemAction): boolean {
  return action !== "ecall" && action !== "hosted";
}

/** The rows that exist on an XLEN. */
export function instructionsOf(xlen: Xlen): readonly Instruction[] {
  return INSTRUCTIONS.filter((row) => row.xlen === undefined || row.xlen === xlen);
}

/**
 * The instructions that an interpreter executes: the number of one is its place in this list, plus 1. Rare ones come last.
 */
export function operationsOf(xlen: Xlen): readonly Instruction[] {
  const rows = instructionsOf(xlen).filter((row) => row.effect !== undefined);
  return [...rows.filter((row) => !isRare(row)), ...rows.filter(isRare)];
}
