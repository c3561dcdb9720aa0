import { Csr } from "../csr.ts";
import { type Encoding, ENCODINGS } from "./encodings.ts";
import { expandPseudo } from "./pseudo.ts";
import { registerNumber } from "./registers.ts";

/** Where assembled code goes, and values it can name. */
export interface AssembleOptions {
  /** Address of the first byte; 0x80000000 when absent. */
  readonly base?: number;
  /** Values that operands can use by name. */
  readonly symbols?: Readonly<Record<string, number>>;
}

/** Result of {@link assemble}. */
export interface Assembly {
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Addresses of labels, and the symbols that were given. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** A line that the assembler does not understand. */
export class AssemblyError extends Error {
  override readonly name = "AssemblyError";
  /** Line in the source, from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

interface Statement {
  readonly line: number;
  readonly address: number;
  readonly mnemonic: string;
  readonly operands: readonly string[];
}

const DATA_SIZES: Readonly<Record<string, number>> = { ".byte": 1, ".half": 2, ".word": 4 };
const DEFAULT_BASE = 0x80000000;
const CSR_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(Csr));
/** Immediates of I and S instructions. */
const IMMEDIATE_LIMIT = 2048;

/**
 * Assembles RV32IMA, Zicsr, `hosted n`, the usual pseudo-instructions, and `.byte`, `.half`, `.word`, `.align N` (to
 * 2^N), `.space N` and `.org ADDRESS`. A comment starts with `#`. Two passes; compressed code goes in as `.half`.
 *
 * @throws AssemblyError for a line it does not understand
 */
export function assemble(source: string, options: AssembleOptions = {}): Assembly {
  const base = options.base ?? DEFAULT_BASE;
  const symbols = new Map<string, number>(Object.entries(options.symbols ?? {}));
  const statements: Statement[] = [];
  let address = base;
  for (const [index, text] of source.split("\n").entries()) {
    const line = index + 1;
    for (const { label, mnemonic, operands } of parts(text)) {
      if (label !== undefined) {
        if (symbols.has(label)) throw new AssemblyError(line, `label ${label} is defined twice`);
        symbols.set(label, address);
      }
      if (mnemonic === undefined) continue;
      for (const [name, args] of expandPseudo(mnemonic, operands)) {
        const statement = { line, address, mnemonic: name, operands: args };
        statements.push(statement);
        address += sizeOf(statement, symbols);
      }
    }
  }
  const bytes = new Uint8Array(address - base);
  for (const statement of statements) emit(statement, symbols, bytes, base);
  return { base, bytes, symbols };
}

interface Part {
  readonly label?: string;
  readonly mnemonic?: string;
  readonly operands: readonly string[];
}

function* parts(text: string): Generator<Part> {
  for (const piece of text.replace(/#.*/, "").split(";")) {
    let rest = piece.trim();
    for (;;) {
      const match = /^([A-Za-z_.][\w.]*):\s*/.exec(rest);
      if (match?.[1] === undefined) break;
      yield { label: match[1], operands: [] };
      rest = rest.slice(match[0].length);
    }
    if (rest === "") continue;
    const [mnemonic = "", ...words] = rest.split(/\s+/);
    const operands = words.join("").split(",");
    yield { mnemonic, operands: operands[0] === "" ? [] : operands };
  }
}

function sizeOf(statement: Statement, symbols: ReadonlyMap<string, number>): number {
  const { mnemonic, operands, address } = statement;
  const size = DATA_SIZES[mnemonic];
  if (size !== undefined) return size * operands.length;
  const first = (): number => valueOf(statement, operands[0], symbols);
  switch (mnemonic) {
    case ".align": {
      const unit = 2 ** first();
      return (unit - (address % unit)) % unit;
    }
    case ".space":
      return first();
    case ".org": {
      const gap = first() - address;
      if (gap < 0) throw new AssemblyError(statement.line, ".org goes backwards");
      return gap;
    }
    default:
      return 4;
  }
}

function valueOf(
  statement: Statement,
  text: string | undefined,
  symbols: ReadonlyMap<string, number>,
): number {
  if (text === undefined) throw new AssemblyError(statement.line, "an operand is missing");
  const relocation = /^%(hi|lo|pcrel)\((.*)\)$/.exec(text);
  if (relocation?.[2] !== undefined) {
    const target = valueOf(statement, relocation[2], symbols);
    if (relocation[1] === "hi") return ((target + 0x800) >>> 12) & 0xfffff;
    if (relocation[1] === "lo") return (target << 20) >> 20;
    return target - statement.address;
  }
  const sum = /^(.+?)([+-])([^+-]+)$/.exec(text);
  if (sum?.[1] !== undefined && sum[3] !== undefined && !/[-+(]$/.test(sum[1])) {
    const left = valueOf(statement, sum[1], symbols);
    const right = valueOf(statement, sum[3], symbols);
    return sum[2] === "+" ? left + right : left - right;
  }
  if (text === ".") return statement.address;
  if (/^-?(0x[0-9a-fA-F]+|\d+)$/.test(text)) {
    return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
  }
  const value = symbols.get(text);
  if (value === undefined) throw new AssemblyError(statement.line, `unknown symbol ${text}`);
  return value;
}

function emit(
  statement: Statement,
  symbols: ReadonlyMap<string, number>,
  bytes: Uint8Array,
  base: number,
): void {
  const view = new DataView(bytes.buffer);
  const at = statement.address - base;
  const size = DATA_SIZES[statement.mnemonic];
  if (size !== undefined) {
    for (const [index, operand] of statement.operands.entries()) {
      const value = valueOf(statement, operand, symbols);
      for (let byte = 0; byte < size; byte++) {
        view.setUint8(at + index * size + byte, value >>> (8 * byte));
      }
    }
    return;
  }
  if (statement.mnemonic.startsWith(".")) return;
  const encoding = ENCODINGS.get(statement.mnemonic);
  if (encoding === undefined) {
    throw new AssemblyError(statement.line, `unknown instruction ${statement.mnemonic}`);
  }
  view.setInt32(at, encoding.bits | operandBits(statement, encoding, symbols), true);
}

function operandBits(
  statement: Statement,
  encoding: Encoding,
  symbols: ReadonlyMap<string, number>,
): number {
  const { operands, line } = statement;
  const register = (index: number): number => {
    const name = operands[index];
    const number = name === undefined ? undefined : registerNumber(name);
    if (number === undefined) throw new AssemblyError(line, `${name ?? "nothing"} is no register`);
    return number;
  };
  const value = (index: number): number => valueOf(statement, operands[index], symbols);
  const signed = (number: number): number => {
    if (number < -IMMEDIATE_LIMIT || number >= IMMEDIATE_LIMIT) {
      throw new AssemblyError(line, `${number} does not fit into 12 bits`);
    }
    return number;
  };
  /** `offset(register)`, the offset optional. */
  const memory = (index: number): { offset: number; register: number } => {
    const match = /^(.*)\((\w+)\)$/.exec(operands[index] ?? "");
    const number = registerNumber(match?.[2] ?? "");
    if (match === null || number === undefined) {
      throw new AssemblyError(line, `${operands[index] ?? "nothing"} is no address`);
    }
    const offset = match[1] === "" ? 0 : signed(valueOf(statement, match[1], symbols));
    return { offset, register: number };
  };
  switch (encoding.format) {
    case "none":
      return 0;
    case "r":
      return (register(0) << 7) | (register(1) << 15) | (register(2) << 20);
    case "i":
      return (register(0) << 7) | (register(1) << 15) | (signed(value(2)) << 20);
    case "shift":
      return (register(0) << 7) | (register(1) << 15) | ((value(2) & 31) << 20);
    case "load": {
      const address = memory(1);
      return (register(0) << 7) | (address.register << 15) | (address.offset << 20);
    }
    case "store": {
      const { offset, register: rs1 } = memory(1);
      return (register(0) << 20) | (rs1 << 15) | ((offset & 31) << 7) | ((offset >> 5) << 25);
    }
    case "branch":
      return (register(0) << 15) | (register(1) << 20) | branchBits(value(2) - statement.address);
    case "u":
      return (register(0) << 7) | (value(1) << 12);
    case "j":
      return (register(0) << 7) | jumpBits(value(1) - statement.address);
    case "csr":
    case "csri": {
      const csr = CSR_NUMBERS.get(operands[1] ?? "") ?? value(1);
      const source = encoding.format === "csr" ? register(2) : value(2) & 31;
      return (register(0) << 7) | (source << 15) | (csr << 20);
    }
    case "amo":
      return (register(0) << 7) | (register(1) << 20) | (memory(2).register << 15);
    case "lr":
      return (register(0) << 7) | (memory(1).register << 15);
    case "fence":
      return operands.length === 0 ? 0 : (register(0) << 15) | (register(1) << 20);
    case "hosted":
      return value(0) << 20;
  }
}

function branchBits(offset: number): number {
  return (
    (((offset >> 12) & 1) << 31) |
    (((offset >> 5) & 0x3f) << 25) |
    (((offset >> 1) & 15) << 8) |
    (((offset >> 11) & 1) << 7)
  );
}

function jumpBits(offset: number): number {
  return (
    (((offset >> 20) & 1) << 31) |
    (((offset >> 1) & 0x3ff) << 21) |
    (((offset >> 11) & 1) << 20) |
    (((offset >> 12) & 0xff) << 12)
  );
}
