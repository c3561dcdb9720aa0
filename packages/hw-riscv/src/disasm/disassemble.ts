import { CSR_NUMBERS } from "../csr-numbers.ts";
import { type Alias, ALIASES } from "../isa/aliases.ts";
import { Decoder, operandOf } from "../isa/decoder.ts";
import { expandCompressed } from "../isa/encode.ts";
import { externalRows } from "../isa/external-rows.ts";
import type { Instruction, Xlen } from "../isa/instruction.ts";
import type { IsaExtension } from "../isa-extension.ts";
import { FLOAT_REGISTER_NAMES, REGISTER_NAMES } from "../isa/register-names.ts";
import { instructionsOf } from "../isa/table.ts";

/** How to disassemble. */
export interface DisassembleOptions {
  /** Width of a register; 32 when absent. */
  readonly xlen?: Xlen;
  /** Address of the instruction, for the targets of jumps and branches; 0 when absent. */
  readonly pc?: number;
  /** Further instructions. */
  readonly extensions?: readonly IsaExtension[];
}

const DECODERS: Readonly<Record<Xlen, Decoder>> = {
  32: new Decoder({ xlen: 32 }),
  64: new Decoder({ xlen: 64 }),
};
const CSR_NAMES: ReadonlyMap<number, string> = new Map(
  [...CSR_NUMBERS].map(([name, number]) => [number, name]),
);
const ROUNDING_MODES = ["rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn"];
const DYNAMIC = 7;
const ORDERINGS = ["", ".rl", ".aq", ".aqrl"];

/**
 * The text of an instruction, as GNU objdump writes it: with the usual other names (`li`, `ret`, `beqz`), and compressed
 * instructions under the names of those they stand for.
 *
 * @param word - the instruction; one of 2 bytes in the lower half
 * @returns mnemonic, a space, and the operands; `.4byte` or `.2byte` with the number where it is none
 */
export function disassemble(word: number, options: DisassembleOptions = {}): string {
  const { xlen = 32, pc = 0 } = options;
  const decoder =
    options.extensions === undefined
      ? DECODERS[xlen]
      : new Decoder({ xlen, external: externalRows(options.extensions) });
  const row = decoder.find(word);
  const isCompressed = (word & 3) !== 3;
  if (row === undefined) {
    if (isCompressed && (word & 0xffff) === 0) return "unimp";
    return isCompressed
      ? `.2byte 0x${(word & 0xffff).toString(16)}`
      : `.4byte 0x${(word >>> 0).toString(16)}`;
  }
  if (row.shown !== undefined) return textOf(row.shown[0], row.shown[1], row, word, xlen, pc);
  const base = row.expansion === undefined ? row : baseOf(row.expansion, xlen);
  const whole = row === base ? word : expandCompressed(row, base, word);
  const alias = aliasOf(base, whole);
  const name = alias?.name ?? `${base.name}${orderingOf(base, whole)}`;
  return textOf(name, alias?.syntax ?? base.syntax, base, whole, xlen, pc);
}

/** Suffix of an atomic instruction. */
function orderingOf(row: Instruction, word: number): string {
  return row.extension === "a" ? (ORDERINGS[(word >>> 25) & 3] ?? "") : "";
}

function baseOf(name: string, xlen: Xlen): Instruction {
  const base = instructionsOf(xlen).find((one) => one.name === name);
  if (base === undefined) throw new RangeError(`no instruction ${name}`);
  return base;
}

function aliasOf(row: Instruction, word: number): Alias | undefined {
  return ALIASES.find(
    ({ of, match, mask, isSameSource }) =>
      of.name === row.name &&
      (word & mask) === match &&
      (!isSameSource || operandOf(row, "rs1", word) === operandOf(row, "rs2", word)),
  );
}

function textOf(
  name: string,
  syntax: string,
  row: Instruction,
  word: number,
  xlen: Xlen,
  pc: number,
): string {
  if (syntax === "") return name;
  const operands = syntax
    .split(", ")
    .map((piece) => operandText(piece, row, word, xlen, pc))
    .filter((text) => text !== undefined);
  return `${name} ${operands.join(",")}`;
}

/** The text of one operand; `undefined` where it is left out. */
function operandText(
  piece: string,
  row: Instruction,
  word: number,
  xlen: Xlen,
  pc: number,
): string | undefined {
  const register = (operand: "rd" | "rs1" | "rs2"): string =>
    REGISTER_NAMES[operandOf(row, operand, word)] ?? "";
  const float = (operand: "rd" | "rs1" | "rs2"): string =>
    FLOAT_REGISTER_NAMES[operandOf(row, operand, word)] ?? "";
  const immediate = operandOf(row, "immediate", word);
  switch (piece) {
    case "rd":
    case "rs1":
    case "rs2":
      return register(piece);
    case "fd":
      return float("rd");
    case "fs1":
      return float("rs1");
    case "fs2":
      return float("rs2");
    case "fs3":
      return FLOAT_REGISTER_NAMES[word >>> 27];
    case "offset(rs1)":
      return `${immediate}(${register("rs1")})`;
    case "(rs1)":
      return `(${register("rs1")})`;
    case "target":
      return hexadecimal(pc + immediate, xlen);
    case "upper":
      return `0x${(immediate >>> 12).toString(16)}`;
    case "shift":
      return `0x${immediate.toString(16)}`;
    case "csr": {
      const csr = word >>> 20;
      return CSR_NAMES.get(csr) ?? `0x${csr.toString(16)}`;
    }
    case "zimm":
      return String(operandOf(row, "rs1", word));
    case "pred":
      return fenceSet(word >>> 24);
    case "succ":
      return fenceSet(word >>> 20);
    case "rm": {
      const mode = (word >>> 12) & 7;
      return mode === DYNAMIC ? undefined : ROUNDING_MODES[mode];
    }
    default:
      return String(immediate);
  }
}

function hexadecimal(address: number, xlen: Xlen): string {
  return `0x${BigInt.asUintN(xlen, BigInt(address)).toString(16)}`;
}

function fenceSet(bits: number): string {
  const letters = ["i", "o", "r", "w"].filter(
    (_letter, index) => ((bits >>> (3 - index)) & 1) !== 0,
  );
  return letters.length === 0 ? "unknown" : letters.join("");
}
