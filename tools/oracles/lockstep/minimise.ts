import { disassemble } from "@cantrip/hw-riscv/disasm";
import { comparedRegisters, Place, printRegister, WORDS_PER_REGISTER } from "./hart-state.ts";
import { place, type Program } from "./program.ts";
import { type Difference, type Harts, runInLockstep, wordAt } from "./run-in-lockstep.ts";

/** A program that shows a difference, and the difference. */
export interface Finding {
  readonly program: Program;
  readonly difference: Difference;
}

/** The same difference with as few items as can be: pieces are left out while something still differs. */
export async function minimise(program: Program, harts: Harts): Promise<Finding | undefined> {
  let best = await tried(program, harts);
  if (best === undefined) return undefined;
  for (let piece = Math.ceil(program.items.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let from = 0; from < best.program.items.length;) {
      const { items } = best.program;
      const fewer = [...items.slice(0, from), ...items.slice(from + piece)];
      const finding = await tried({ ...best.program, items: fewer }, harts);
      if (finding === undefined) from += piece;
      else best = finding;
    }
  }
  return best;
}

async function tried(program: Program, harts: Harts): Promise<Finding | undefined> {
  const { difference } = await runInLockstep(program, harts);
  return difference === undefined ? undefined : { program, difference };
}

/** A finding for people: the difference, the instruction, the program, and the registers that the program begins with. */
export function printFinding({ program, difference }: Finding): string {
  const { xlen, state, start } = program;
  const placed = place(program);
  const lines = [`rv${xlen}: ${difference.text}`];
  const show = (pc: number): string => {
    const word = wordAt(placed.memory, pc);
    return `0x${pc.toString(16)}: ${(word >>> 0).toString(16)} ${disassemble(word, { xlen, pc })}`;
  };
  const { pc } = difference;
  if (pc !== undefined) lines.push(`behind ${show(pc)}`);
  lines.push("program:");
  for (let at = start; at < placed.end; at += (wordAt(placed.memory, at) & 3) === 3 ? 4 : 2) {
    lines.push(`  ${show(at)}`);
  }
  const registers = comparedRegisters(xlen);
  const values = registers
    .map((register, index) => ({ register, index }))
    .filter(({ index }) => index !== Place.pc && hasValue(state, index))
    .map(({ register, index }) => `${register.name} ${printRegister(state, index, register)}`);
  lines.push(`it begins with ${values.join(", ")}`);
  return lines.join("\n");
}

function hasValue(state: Int32Array, index: number): boolean {
  const at = index * WORDS_PER_REGISTER;
  return state[at] !== 0 || state[at + 1] !== 0;
}
