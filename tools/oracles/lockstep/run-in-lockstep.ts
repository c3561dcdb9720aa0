import {
  type ComparedRegister,
  comparedRegisters,
  emptyState,
  firstDifference,
  Place,
  printRegister,
  WORDS_PER_REGISTER,
} from "./hart-state.ts";
import { place, type Program } from "./program.ts";
import type { Target } from "./target.ts";

const WFI = 0x10500073;
const EBREAK = 0x00100073;
const C_EBREAK = 0x9002;

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
 * @param onInstruction - told of every instruction that both did alike, and whether it trapped
 */
export async function runInLockstep(
  program: Program,
  { reference, ours }: Harts,
  onInstruction: (word: number, isTrap: boolean) => void = () => undefined,
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
    await reference.step();
    await ours.step();
    if (word === WFI && reference.stepsOverWait && !(await hasTrapped(ours, got, pc)))
      await ours.step();
    if (word === EBREAK || word === C_EBREAK) await shareTrapValues(registers, { reference, ours });
    difference = await compare(pc);
    if (difference !== undefined) break;
    steps++;
    onInstruction(word, program.handlers.includes(pcOf(got)));
  }
  difference ??= await compareMemory(program, { reference, ours });
  return difference === undefined ? { steps } : { steps, difference };
}

/** A breakpoint's trap value is its address or 0, as a hart likes: the reference takes ours. */
async function shareTrapValues(
  registers: readonly ComparedRegister[],
  { reference, ours }: Harts,
): Promise<void> {
  const state = new Int32Array(registers.length * WORDS_PER_REGISTER);
  await ours.read(state);
  for (const [index, { name }] of registers.entries()) {
    if (name !== "mtval" && name !== "stval") continue;
    const at = index * WORDS_PER_REGISTER;
    await reference.write(index, state[at] ?? 0, state[at + 1] ?? 0);
  }
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
