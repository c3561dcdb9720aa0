import type { Xlen } from "@cantrip/hw-riscv";
import { Decoder } from "../../../packages/hw-riscv/src/isa/decoder.ts";
import {
  immediateBits,
  placeImmediate,
  placeRegister,
} from "../../../packages/hw-riscv/src/isa/fields.ts";
import type { Instruction } from "../../../packages/hw-riscv/src/isa/instruction.ts";
import { INSTRUCTIONS, instructionsOf } from "../../../packages/hw-riscv/src/isa/table.ts";
import type { Random } from "./random.ts";

/** Registers that hold addresses; no instruction but `c.addi16sp` writes them. */
const BASES = [2, 3, 4, 5, 6, 7, 8, 9] as const;
/** The base that shows nothing in machine mode. */
const NOWHERE = 5;
/**
 * Where data can be read and written, on a boundary of 8 bytes: QEMU 7.2 has the cause of a load for atomics that trap, and
 * does not look at the address of a conditional store that fails.
 */
const ATOMIC_BASES = [2, 7, 8, 9] as const;
/** What may be written: every other register that an instruction can name. */
const WRITABLE = [0, 1, ...range(10, 31)];
const WRITABLE_SHORT = range(10, 15);
/** A register for addresses of jumps. */
export const JUMP_REGISTER = 13;
const ROUNDING_MODES = [0, 1, 2, 3, 4, 7, 7, 7];
const STATIC_ROUNDING_MODES = 5;
const FUNCT3 = 7 << 12;
/** `fence` with these bits is a hint that makes QEMU do two instructions in a step. */
const PAUSE = 0x0100000f;

/** What an instruction does, for who chooses its operands. */
export type Role = "plain" | "memory" | "atomic" | "jump" | "branch" | "jumpTo" | "csr";

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The row that a compressed one stands for; itself else. */
function expanded(row: Instruction): Instruction {
  if (row.expansion === undefined) return row;
  const base = INSTRUCTIONS.find(({ name }) => name === row.expansion);
  if (base === undefined) throw new RangeError(`${row.name} stands for nothing`);
  return base;
}

/** The role of a row. */
export function roleOf(row: Instruction): Role {
  const { effect } = expanded(row);
  switch (effect?.kind) {
    case "load":
    case "store":
    case "floatLoad":
    case "floatStore":
      return "memory";
    case "atomic":
    case "loadReserved":
    case "storeConditional":
      return "atomic";
    case "jump":
      return effect.target === "rs1" ? "jumpTo" : "jump";
    case "branch":
      return "branch";
    case "csr":
      return "csr";
    default:
      return "plain";
  }
}

/** Makes instructions of rows, with random operands. */
export class RandomInstructions {
  readonly #decoder: Decoder;
  readonly #random: Random;
  readonly rows: readonly Instruction[];

  constructor(xlen: Xlen, random: Random) {
    this.#decoder = new Decoder({ xlen });
    this.#random = random;
    // What nobody else has is compared with nobody.
    this.rows = instructionsOf(xlen).filter(({ name }) => name !== "hosted");
  }

  /** An instruction of a row; its immediate is 0 where it is the distance of a jump. */
  make(row: Instruction, csrs: readonly number[]): number {
    for (;;) {
      const word = this.#fill(row, csrs);
      if (word === PAUSE) continue;
      if (this.#decoder.find(word)?.name === row.name) return word;
    }
  }

  #fill(row: Instruction, csrs: readonly number[]): number {
    const random = this.#random;
    const all = row.bytes === 2 ? 0xffff : -1;
    const role = roleOf(row);
    const { rd, rs1, immediate } = row.operands;
    let word = row.match | (random.bits() & ~row.mask & all);
    const replace = (bits: number, value: number): void => {
      word = (word & ~bits) | (value & bits);
    };
    if (typeof rd === "string" && !isFloatTarget(row)) {
      const isShort = rd === "cRdShort" || rd === "cRs1Short";
      const register = random.pick(isShort ? WRITABLE_SHORT : WRITABLE);
      replace(placeRegister(rd, isShort ? 15 : 31) ?? 0, placeRegister(rd, register) ?? 0);
    }
    if (typeof rs1 === "string" && (role === "memory" || role === "atomic")) {
      const isShort = rs1 === "cRs1Short";
      const base = random.pick(isShort ? [8, 9] : role === "atomic" ? ATOMIC_BASES : BASES);
      replace(placeRegister(rs1, isShort ? 15 : 31) ?? 0, placeRegister(rs1, base) ?? 0);
      // QEMU 7.2 rounds the address of an access that shows nothing down.
      if (base === NOWHERE && (immediate === "I" || immediate === "S"))
        replace(placeImmediate(immediate, 7) ?? 0, 0);
    }
    if (typeof rs1 === "string" && role === "jumpTo") {
      replace(placeRegister(rs1, 31) ?? 0, placeRegister(rs1, JUMP_REGISTER) ?? 0);
    }
    if (typeof immediate === "string" && immediate !== "word" && isDistance(row)) {
      replace(immediateBits(immediate), 0);
    }
    if (role === "csr") replace(-1 << 20, random.pick(csrs) << 20);
    if (row.syntax.includes("rm")) {
      const mode = random.once(40) ? 5 + random.below(2) : random.pick(ROUNDING_MODES);
      replace(FUNCT3, mode << 12);
    } else if (immediate === "word" && row.extension === "d") {
      // No rounding mode matters, but those that do not exist are reserved.
      replace(FUNCT3, random.below(STATIC_ROUNDING_MODES) << 12);
    }
    return word;
  }
}

/** Whether the immediate says how far a jump goes. */
export function isDistance(row: Instruction): boolean {
  return ["branch", "jump", "jumpTo"].includes(roleOf(row));
}

/** An instruction with another immediate. @throws RangeError when it does not fit */
export function withImmediate(row: Instruction, word: number, value: number): number {
  const { immediate } = row.operands;
  if (typeof immediate !== "string" || immediate === "word") return word;
  const bits = placeImmediate(immediate, value);
  if (bits === undefined) throw new RangeError(`${row.name}: ${value} does not fit`);
  return (word & ~immediateBits(immediate)) | bits;
}

function isFloatTarget({ syntax }: Instruction): boolean {
  return syntax.startsWith("fd");
}

/** Bytes of instructions, one behind the other. */
export function bytesOf(words: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const word of words) {
    bytes.push(word & 0xff, (word >>> 8) & 0xff);
    if ((word & 3) === 3) bytes.push((word >>> 16) & 0xff, word >>> 24);
  }
  return Uint8Array.from(bytes);
}
