import type { Xlen } from "@cantrip/hw-riscv";
import type { Coverage } from "./coverage.ts";
import { minimise, printFinding } from "./minimise.ts";
import { RandomInstructions } from "./random-instruction.ts";
import { PROGRAM_KINDS, type ProgramKind, randomProgram } from "./random-program.ts";
import { Random } from "./random.ts";
import { type Harts, runInLockstep } from "./run-in-lockstep.ts";

const ITEMS_PER_PROGRAM = 120;

/** What random programs showed. */
export interface RandomComparison {
  readonly programs: number;
  /** Instructions that both harts did alike. */
  readonly steps: number;
  /** Those of them that trapped. */
  readonly traps: number;
  /** The first difference, with a program as small as can be. */
  readonly finding?: string;
}

/** Runs random programs of one kind until so many instructions were done, or harts differ. */
export async function compareRandomPrograms(
  harts: Harts,
  wanted: { readonly xlen: Xlen; readonly kind: ProgramKind; readonly steps: number },
  coverage: Coverage,
): Promise<RandomComparison> {
  const { xlen, kind } = wanted;
  let steps = 0;
  let traps = 0;
  let programs = 0;
  while (steps < wanted.steps) {
    const random = new Random(programs * PROGRAM_KINDS.length + PROGRAM_KINDS.indexOf(kind));
    programs++;
    const instructions = new RandomInstructions(xlen, random);
    const rows = random.shuffled(instructions.rows).slice(0, ITEMS_PER_PROGRAM);
    const program = randomProgram(instructions, random, { xlen, kind, rows });
    const run = await runInLockstep(program, harts, (word, isTrap) => {
      coverage.count(word, isTrap);
      if (isTrap) traps++;
    });
    steps += run.steps;
    if (run.difference === undefined) continue;
    const smallest = await minimise(program, harts);
    const finding =
      smallest === undefined ? `only once: ${run.difference.text}` : printFinding(smallest);
    return { programs, steps, traps, finding };
  }
  return { programs, steps, traps };
}
