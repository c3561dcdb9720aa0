import { immediateBits, type ImmediateName, registerBits, type RegisterPlace } from "./fields.ts";
import type { Effect } from "./semantics.ts";

/** Register width of a hart. */
export type Xlen = 32 | 64;

/** Where an instruction has its operands: places in the instruction, or fixed values. */
export interface Operands {
  readonly rd?: RegisterPlace | number;
  readonly rs1?: RegisterPlace | number;
  readonly rs2?: RegisterPlace | number;
  /** Its place; or a fixed value; or `word`, the whole instruction, for those that need more than an immediate. */
  readonly immediate?: ImmediateName | number | "word";
}

/** One row of the instruction table. */
export interface Instruction {
  readonly name: string;
  /** The extension that it belongs to, in the specification's spelling and in lower case: `m`, `zba`. */
  readonly extension: string;
  /** XLEN on which it exists; both when absent. */
  readonly xlen?: Xlen;
  /** Bits that never change; the others are 0. */
  readonly match: number;
  /** The bits that are compared with {@link match}. */
  readonly mask: number;
  readonly bytes: 2 | 4;
  /** Operands as they are written: names of places with what stands between them. See `operand-syntax.ts`. */
  readonly syntax: string;
  readonly operands: Operands;
  /** What it does; a compressed instruction has {@link expansion} instead. */
  readonly effect?: Effect;
  /** Name of the instruction that it stands for, with the same operands. */
  readonly expansion?: string;
  /** Operands that must not be 0: the encoding means something else then, or nothing. */
  readonly nonzero?: readonly (keyof Operands)[];
  /** Another name, under which disassemblers show it, and its operands there. */
  readonly shown?: readonly [name: string, syntax: string];
}

/** What differs from instruction to instruction beside the columns that all rows have. */
interface RowOptions {
  readonly xlen?: Xlen;
  /** Place of the immediate, where the syntax does not settle it. */
  readonly immediate?: ImmediateName | "word";
  /** Bits that do not matter though no operand stands there. */
  readonly ignored?: number;
}

/** Operand tokens of a syntax, each with what it takes from the instruction. */
const TOKENS: Readonly<Record<string, Operands>> = {
  rd: { rd: "rd" },
  rs1: { rs1: "rs1" },
  rs2: { rs2: "rs2" },
  imm: { immediate: "I" },
  offset: { immediate: "I" },
  target: { immediate: "B" },
  upper: { immediate: "U" },
  shift: { immediate: "shift5" },
  entry: { immediate: "entry" },
  csr: { immediate: "word" },
  zimm: { rs1: "rs1" },
  pred: {},
  succ: {},
  fd: { rd: "rd" },
  fs1: { rs1: "rs1" },
  fs2: { rs2: "rs2" },
  fs3: { immediate: "word" },
  rm: { immediate: "word" },
};
/** Operands whose bits no place of {@link Operands} covers. */
const EXTRA_BITS: Readonly<Record<string, number>> = {
  csr: 0xfff << 20,
  fs3: 0x1f << 27,
  rm: 7 << 12,
  pred: 0xf << 24,
  succ: 0xf << 20,
};
/** The tokens in a syntax. */
function tokensOf(syntax: string): readonly string[] {
  return syntax.match(/[a-z]+[0-9]?/g) ?? [];
}

/** A row with 4 bytes; the mask is what the operands leave. */
function row(
  extension: string,
  name: string,
  syntax: string,
  match: number,
  effect: Effect | undefined,
  options: RowOptions = {},
): Instruction {
  let operands: Operands = {};
  let variable = options.ignored ?? 0;
  for (const token of tokensOf(syntax)) {
    operands = { ...operands, ...TOKENS[token] };
    variable |= EXTRA_BITS[token] ?? 0;
  }
  if (options.immediate !== undefined) operands = { ...operands, immediate: options.immediate };
  const { immediate } = operands;
  if (typeof immediate === "string" && immediate !== "word") variable |= immediateBits(immediate);
  for (const place of [operands.rd, operands.rs1, operands.rs2]) {
    if (typeof place === "string") variable |= registerBits(place);
  }
  return {
    name,
    extension,
    ...(options.xlen === undefined ? {} : { xlen: options.xlen }),
    match: match | 0,
    mask: ~variable,
    bytes: 4,
    syntax,
    operands,
    ...(effect === undefined ? {} : { effect }),
  };
}

/** A row from outside, without an effect. */
export function externalRow(
  extension: string,
  name: string,
  syntax: string,
  match: number,
  ignored = 0,
): Instruction {
  return row(extension, name, syntax, match, undefined, { ignored });
}

/** Makes the rows of one extension. */
export function rowsOf(extension: string): {
  /** `rd, rs1, rs2` */
  register(name: string, match: number, effect: Effect, options?: RowOptions): Instruction;
  /** `rd, rs1` */
  unary(name: string, match: number, effect: Effect, options?: RowOptions): Instruction;
  /** `rd, rs1, imm` */
  immediate(name: string, match: number, effect: Effect, options?: RowOptions): Instruction;
  /** `rd, rs1, shift`: a row for each XLEN, whose amounts have 5 and 6 bits. */
  shift(name: string, match: number, effect: Effect): readonly Instruction[];
  /** Any other. */
  other(
    name: string,
    syntax: string,
    match: number,
    effect: Effect,
    options?: RowOptions,
  ): Instruction;
} {
  return {
    register: (name, match, effect, options) =>
      row(extension, name, "rd, rs1, rs2", match, effect, options),
    unary: (name, match, effect, options) =>
      row(extension, name, "rd, rs1", match, effect, options),
    immediate: (name, match, effect, options) =>
      row(extension, name, "rd, rs1, imm", match, effect, options),
    shift: (name, match, effect) => [
      row(extension, name, "rd, rs1, shift", match, effect, { xlen: 32 }),
      row(extension, name, "rd, rs1, shift", match, effect, { xlen: 64, immediate: "shift6" }),
    ],
    other: (name, syntax, match, effect, options) =>
      row(extension, name, syntax, match, effect, options),
  };
}

/** Major opcodes, with the low bits that every 4-byte instruction has. */
export const Opcode = {
  load: 0x03,
  loadFp: 0x07,
  custom0: 0x0b,
  miscMem: 0x0f,
  opImm: 0x13,
  auipc: 0x17,
  opImm32: 0x1b,
  store: 0x23,
  storeFp: 0x27,
  amo: 0x2f,
  op: 0x33,
  lui: 0x37,
  op32: 0x3b,
  madd: 0x43,
  msub: 0x47,
  nmsub: 0x4b,
  nmadd: 0x4f,
  opFp: 0x53,
  branch: 0x63,
  jalr: 0x67,
  jal: 0x6f,
  system: 0x73,
} as const;

/** Bits of `funct3`. */
export function f3(value: number): number {
  return value << 12;
}
/** Bits of `funct7`. */
export function f7(value: number): number {
  return value << 25;
}
/** Bits of a 12-bit function in the place of an immediate. */
export function f12(value: number): number {
  return value << 20;
}
