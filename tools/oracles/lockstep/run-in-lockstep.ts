import { comparedRegisters, emptyState, firstDifference, Place, printRegister, WORDS_PER_REGISTER } from "./hart-state.ts";
import { place, type Program } from "./program.ts";
import type { Target } from "./target.ts";

const WFI = 0x10500073;

/** Two harts that should do the same. */
export interface Harts {
  readonly reference: Target;
  readonly ours: Target;
}

/** Where two harts did not do the same. */
export interface Difference {
  /** What differs, and how. */
  readonly text: string;
  /** Address of the instruction, if it is one. */
  readonly pc: number | undefined;
}

/** What became of a program. */
export interface LockstepRun {
  /** Instructions that both did alike, and traps that both took alike. */
  readonly steps: number;
  readonly difference?: Difference;
}

/**
 * Runs a program on two harts, one instruction at a time, and compares all registers after each, and memory at the end.
 *
 * @param onInstruction - told of every instruction, before it is done
 */
export async function runInLockstep(
  program: Program,
  { reference, ours }: Harts,
  onInstruction: (word: number) => void = () => undefined,
): Promise<LockstepRun> {
  const placed = place(program);
  const registers = comparedRegisters(program.xlen);
  const wanted = emptyState(program.xlen);
  const got = emptyState(program.xlen);
  await reference.load(placed);
  await ours.load(placed);
  let steps = 0;
  const compare = async (pc: number | undefined): Promise<Difference | undefined> => {
    await reference.read(wanted);
    await ours.read(got);
    const index = firstDifference(registers, wanted, got);
    const register = index === undefined ? undefined : registers[index];
    if (index === undefined || register === undefined) return undefined;
    const text =
      `${register.name} is ${printRegister(got, index, register)}, ` +
      `the reference says ${printRegister(wanted, index, register)}`;
    return { text, pc };
  };
  let difference = await compare(undefined);
  while (difference === undefined && steps < placed.maxSteps && pcOf(got) !== placed.end) {
    const pc = pcOf(got);
    const word = wordAt(placed.memory, pc);
    onInstruction(word);
    await reference.step();
    await ours.step();
    // QEMU does not stop behind a wait, but behind the instruction that follows.
    if (word === WFI && !(await hasTrapped(ours, got, pc))) await ours.step();
    difference = await compare(pc);
    if (difference === undefined) steps++;
  }
  difference ??= await compareMemory(program, { reference, ours });
  return difference === undefined ? { steps } : { steps, difference };
}

async function hasTrapped(hart: Target, state: Int32Array, pc: number): Promise<boolean> {
  await hart.read(state);
  return pcOf(state) !== pc + 4;
}

async function compareMemory(
  { data: { address, length } }: Program,
  { reference, ours }: Harts,
): Promise<Difference | undefined> {
  const wanted = await reference.readMemory(address, length);
  const got = await ours.readMemory(address, length);
  for (let index = 0; index < length; index++) {
    if (wanted[index] === got[index]) continue;
    const text =
      `memory at 0x${(address + index).toString(16)} is ${got[index] ?? -1}, ` +
      `the reference says ${wanted[index] ?? -1}`;
    return { text, pc: undefined };
  }
  return undefined;
}

/** The program counter in a state: programs lie in the lower 4 GiB. */
function pcOf(state: Int32Array): number {
  return (state[Place.pc * WORDS_PER_REGISTER] ?? 0) >>> 0;
}

/** The instruction at an address of a placed program; 0 where none was put. */
export function wordAt(
  memory: readonly { readonly address: number; readonly bytes: Uint8Array }[],
  address: number,
): number {
  for (const piece of memory) {
    const at = address - piece.address;
    if (at < 0 || at + 2 > piece.bytes.length) continue;
    const byte = (index: number): number => piece.bytes[at + index] ?? 0;
    const half = byte(0) | (byte(1) << 8);
    return (half & 3) === 3 ? half | (byte(2) << 16) | (byte(3) << 24) : half;
  }
  return 0;
}
