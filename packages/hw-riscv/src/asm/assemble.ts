import type { IsaExtension } from "../isa-extension.ts";
import type { Xlen } from "../isa/instruction.ts";
import { AssemblyError } from "./assembly-error.ts";
import { Encoder } from "./encode-statement.ts";
import { expandPseudo } from "./pseudo.ts";
import type { Statement } from "./statement.ts";

/** Where assembled code goes, and values it can name. */
export interface AssembleOptions {
  /** Address of the first byte; 0x80000000 when absent. */
  readonly base?: number;
  /** Values that operands can use by name. */
  readonly symbols?: Readonly<Record<string, number>>;
  /** Width of a register; 32 when absent. */
  readonly xlen?: Xlen;
  /** Further instructions. */
  readonly extensions?: readonly IsaExtension[];
}

/** Result of {@link assemble}. */
export interface Assembly {
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Addresses of labels, and the symbols that were given. */
  readonly symbols: ReadonlyMap<string, number>;
}

const DATA_SIZES: Readonly<Record<string, number>> = { ".byte": 1, ".half": 2, ".word": 4 };
const DEFAULT_BASE = 0x80000000;

/**
 * Assembles the instructions of 4 bytes that the table has, the usual pseudo-instructions, and `.byte`, `.half`, `.word`, `.align N` (to
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
  const encoder = new Encoder(options.xlen ?? 32, options.extensions);
  for (const statement of statements) emit(statement, symbols, bytes, base, encoder);
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
  encoder: Encoder,
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
  const value = (text: string | undefined): number => valueOf(statement, text, symbols);
  view.setInt32(at, encoder.encode(statement, value), true);
}
