import { placeImmediate, placeRegister } from "./fields.ts";
import type { Instruction, Operands } from "./instruction.ts";
import { operandOf } from "./decoder.ts";

/** The instruction of 4 bytes that a compressed one stands for. */
export function expandCompressed(row: Instruction, base: Instruction, half: number): number {
  let word = base.match;
  for (const name of ["rd", "rs1", "rs2"] as const satisfies (keyof Operands)[]) {
    const place = base.operands[name];
    if (typeof place === "string") word |= placeRegister(place, operandOf(row, name, half)) ?? 0;
  }
  const { immediate } = base.operands;
  if (typeof immediate === "string" && immediate !== "word") {
    word |= placeImmediate(immediate, operandOf(row, "immediate", half)) ?? 0;
  }
  return word;
}
