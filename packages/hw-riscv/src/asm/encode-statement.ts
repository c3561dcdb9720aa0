import { CSR_NUMBERS } from "../csr-numbers.ts";
import { ALIASES } from "../isa/aliases.ts";
import { placeImmediate } from "../isa/fields.ts";
import { externalRows } from "../isa/external-rows.ts";
import type { IsaExtension } from "../isa-extension.ts";
import type { Instruction, Xlen } from "../isa/instruction.ts";
import { floatRegisterNumber, registerNumber } from "../isa/register-names.ts";
import { instructionsOf } from "../isa/table.ts";
import { AssemblyError } from "./assembly-error.ts";
import type { Statement } from "./statement.ts";

/** A way to write an instruction: its own, or that of an alias. */
interface Form {
  readonly row: Instruction;
  readonly match: number;
  readonly syntax: string;
  readonly isSameSource: boolean;
}

const ROUNDING_MODES: ReadonlyMap<string, number> = new Map([
  ["rne", 0],
  ["rtz", 1],
  ["rdn", 2],
  ["rup", 3],
  ["rmm", 4],
  ["dyn", 7],
]);
/** Suffixes of atomic instructions. */
const ORDERINGS: ReadonlyMap<string, number> = new Map([
  ["aq", 2 << 25],
  ["rl", 1 << 25],
  ["aqrl", 3 << 25],
]);
/** Bits of a set of a fence. */
const FENCE_LETTERS = "wroi";
const SHIFTS: Readonly<Record<string, number>> = {
  rd: 7,
  fd: 7,
  rs1: 15,
  fs1: 15,
  rs2: 20,
  fs2: 20,
  fs3: 27,
};

function formsOf(xlen: Xlen): ReadonlyMap<string, readonly Form[]> {
  const forms = new Map<string, Form[]>();
  const add = (name: string, form: Form): void => {
    const others = forms.get(name);
    if (others === undefined) forms.set(name, [form]);
    else others.push(form);
  };
  const rows = instructionsOf(xlen).filter(({ bytes }) => bytes === 4);
  for (const row of rows) {
    add(row.name, { row, match: row.match, syntax: row.syntax, isSameSource: false });
  }
  for (const { name, of, match, syntax, isSameSource } of ALIASES) {
    if (rows.includes(of)) add(name, { row: of, match, syntax, isSameSource });
  }
  return forms;
}

const FORMS: Readonly<Record<Xlen, ReadonlyMap<string, readonly Form[]>>> = {
  32: formsOf(32),
  64: formsOf(64),
};

/** Encodes the instructions of an XLEN. */
export class Encoder {
  readonly #forms: ReadonlyMap<string, readonly Form[]>;
  readonly #csrs: ReadonlyMap<string, number>;

  constructor(xlen: Xlen, extensions: readonly IsaExtension[] = []) {
    this.#forms = FORMS[xlen];
    this.#csrs = CSR_NUMBERS;
    if (extensions.length === 0) return;
    const external = externalRows(extensions).map((row): [string, readonly Form[]] => [
      row.name,
      [{ row, match: row.match, syntax: row.syntax, isSameSource: false }],
    ]);
    this.#forms = new Map([...this.#forms, ...external]);
    const csrs = extensions.flatMap((one) => one.csrs ?? []);
    this.#csrs = new Map([
      ...CSR_NUMBERS,
      ...csrs.map(({ name, number }) => [name, number] as const),
    ]);
  }

  /**
   * The bits of an instruction.
   *
   * @param valueOf - the value of an expression
   * @throws AssemblyError for an instruction that does not exist, or operands that do not fit
   */
  encode(statement: Statement, valueOf: (text: string | undefined) => number): number {
    const named = (text: string | undefined): number => this.#csrs.get(text ?? "") ?? valueOf(text);
    return encode(statement, this.#forms, valueOf, named);
  }
}

function encode(
  statement: Statement,
  all: ReadonlyMap<string, readonly Form[]>,
  valueOf: (text: string | undefined) => number,
  csrOf: (text: string | undefined) => number,
): number {
  const { mnemonic, operands, line } = statement;
  const ordering = /\.(aq|rl|aqrl)$/.exec(mnemonic)?.[1];
  const name = ordering === undefined ? mnemonic : mnemonic.slice(0, -ordering.length - 1);
  const forms = all.get(name);
  if (forms === undefined) throw new AssemblyError(line, `unknown instruction ${mnemonic}`);
  // The form with as many operands; `jalr rd, rs1` and `jalr rd, offset(rs1)` differ in what is written.
  const isAddressed = operands.some((operand) => operand.endsWith(")"));
  const form =
    forms.find(
      ({ syntax }) =>
        countOf(syntax).includes(operands.length) && isAddressed === syntax.includes("("),
    ) ??
    forms.find(({ syntax }) => countOf(syntax).includes(operands.length)) ??
    forms[0];
  if (form === undefined) throw new AssemblyError(line, `unknown instruction ${mnemonic}`);
  let word = form.match | (ordering === undefined ? 0 : (ORDERINGS.get(ordering) ?? 0));
  const pieces = form.syntax === "" ? [] : form.syntax.split(", ");
  for (const [index, piece] of pieces.entries()) {
    word |= placeOperand(
      piece,
      operands[index],
      form.row,
      statement,
      piece === "csr" ? csrOf : valueOf,
    );
  }
  return form.isSameSource ? word | (((word >>> 15) & 31) << 20) : word;
}

/** How many operands a syntax can have: a rounding mode may be left out. */
function countOf(syntax: string): readonly number[] {
  if (syntax === "") return [0];
  const { length } = syntax.split(", ");
  return syntax.endsWith(", rm") ? [length - 1, length] : [length];
}

function placeOperand(
  piece: string,
  text: string | undefined,
  row: Instruction,
  statement: Statement,
  valueOf: (text: string | undefined) => number,
): number {
  const { line, address } = statement;
  const fail = (what: string): never => {
    throw new AssemblyError(line, `${text ?? "nothing"} is no ${what}`);
  };
  switch (piece) {
    case "rd":
    case "rs1":
    case "rs2":
      return (registerNumber(text ?? "") ?? fail("register")) << (SHIFTS[piece] ?? 0);
    case "fd":
    case "fs1":
    case "fs2":
    case "fs3":
      return (floatRegisterNumber(text ?? "") ?? fail("register")) << (SHIFTS[piece] ?? 0);
    case "offset(rs1)":
    case "(rs1)": {
      const match = /^(.*)\((\w+)\)$/.exec(text ?? "");
      const number = registerNumber(match?.[2] ?? "") ?? fail("address");
      const offset = match?.[1];
      const bits = offset ? immediateBits(valueOf(offset), row, line) : 0;
      return bits | (number << 15);
    }
    case "target":
      return immediateBits(valueOf(text) - address, row, line);
    case "upper":
      return immediateBits(valueOf(text) << 12, row, line);
    case "csr":
      return valueOf(text) << 20;
    case "zimm":
      return (valueOf(text) & 31) << 15;
    case "pred":
      return fenceSet(text, fail) << 24;
    case "succ":
      return fenceSet(text, fail) << 20;
    case "rm":
      return (ROUNDING_MODES.get(text ?? "dyn") ?? fail("rounding mode")) << 12;
    default:
      return immediateBits(valueOf(text), row, line);
  }
}

function immediateBits(value: number, row: Instruction, line: number): number {
  const { immediate } = row.operands;
  if (typeof immediate !== "string" || immediate === "word") return 0;
  const bits = placeImmediate(immediate, value);
  if (bits === undefined) throw new AssemblyError(line, `${value} does not fit`);
  return bits;
}

function fenceSet(text: string | undefined, fail: (what: string) => never): number {
  if (text === undefined || !/^[iorw]+$/.test(text)) return fail("set of accesses");
  let set = 0;
  for (let index = 0; index < text.length; index++) {
    set |= 1 << FENCE_LETTERS.indexOf(text.charAt(index));
  }
  return set;
}
