import { CSR_NUMBERS } from "../csr-numbers.ts";
import { Decoder, operandOf } from "../isa/decoder.ts";
import { expandCompressed } from "../isa/encode.ts";
import type { Instruction } from "../isa/instruction.ts";
import { instructionsOf } from "../isa/table.ts";
import type { Machine } from "../machine.ts";
import type { StepObserver } from "../machine-options.ts";

const TWO_32 = 0x1_0000_0000;
const CSR_NAMES: ReadonlyMap<number, string> = new Map(
  [...CSR_NUMBERS].map(([name, number]) => [number, name]),
);
/** Most significant digits come first. */
const WORD_DIGITS = 8;

/** What an instruction does that the log shows. */
interface Access {
  readonly kind: "load" | "store" | "both" | "conditional";
  readonly bytes: number;
}

/** An instruction that is about to be executed. */
interface Pending {
  /** Core, privilege, address and bits. */
  readonly head: string;
  readonly row: Instruction | undefined;
  /** The instruction, or the one of 4 bytes that it stands for. */
  readonly word: number;
  /** Virtual address of the data, when it has any. */
  readonly address: number;
  /** What it stores, if it only stores. */
  readonly stored: string;
}

/**
 * Writes a line for every instruction that is done, as spike's `--log-commits` does: hart, privilege, address, bits, the
 * register that it writes, the control and status register that an instruction of Zicsr writes, and the data it loads or
 * stores, by virtual address.
 *
 * Unlike spike it leaves out control and status registers that change beside: `fflags`, and `mstatus` at a return.
 */
export class CommitLog implements StepObserver {
  readonly #machine: Machine;
  readonly #write: (line: string) => void;
  readonly #decoder: Decoder;
  readonly #rows: ReadonlyMap<string, Instruction>;
  readonly #core: string;
  #pending: Pending | undefined;

  constructor(machine: Machine, write: (line: string) => void) {
    this.#machine = machine;
    this.#write = write;
    this.#decoder = new Decoder({ xlen: machine.xlen });
    this.#rows = new Map(instructionsOf(machine.xlen).map((row) => [row.name, row]));
    this.#core = `core${String(machine.platform.hart?.id ?? 0).padStart(4)}:`;
  }

  before(): void {
    const machine = this.#machine;
    const bits = machine.fetch();
    if (bits === undefined) {
      this.#pending = undefined;
      return;
    }
    const isCompressed = (bits & 3) !== 3;
    const found = this.#decoder.find(bits);
    const row = found?.expansion === undefined ? found : this.#rows.get(found.expansion);
    const word =
      found === undefined || row === undefined || row === found
        ? bits
        : expandCompressed(found, row, bits);
    const access = row === undefined ? undefined : accessOf(row);
    const address =
      row === undefined || access === undefined
        ? 0
        : this.#integer(operandOf(row, "rs1", word)) + offsetOf(row, word);
    const digits = (bits >>> 0).toString(16).padStart(isCompressed ? 4 : WORD_DIGITS, "0");
    this.#pending = {
      head: `${this.#core} ${machine.privilege} ${this.#address(machine.pc)} (0x${digits})`,
      row,
      word,
      address,
      stored: access === undefined || row === undefined ? "" : this.#operand(row, word, access),
    };
  }

  after(isRetired: boolean): void {
    if (!isRetired || this.#pending === undefined) return;
    const { head, row, word } = this.#pending;
    this.#write(
      row === undefined ? head : head + this.#registers(row, word) + this.#data(row, this.#pending),
    );
  }

  /** Registers that the instruction wrote. */
  #registers(row: Instruction, word: number): string {
    const rd = operandOf(row, "rd", word);
    let text = "";
    if (row.syntax.startsWith("fd")) text = ` ${registerName("f", rd)} ${this.#floatText(rd)}`;
    else if (row.operands.rd !== undefined && rd !== 0)
      text = ` ${registerName("x", rd)} ${this.#integerText(rd)}`;
    if (row.effect?.kind === "csr" && writesCsr(row, word)) {
      const csr = word >>> 20;
      text += ` c${csr}_${CSR_NAMES.get(csr) ?? `unknown_${csr.toString(16)}`} ${this.#csrText(csr)}`;
    }
    return text;
  }

  #data(row: Instruction, { word, address, stored }: Pending): string {
    const access = accessOf(row);
    if (access === undefined) return "";
    const at = ` mem ${this.#address(address)}`;
    switch (access.kind) {
      case "load":
        return at;
      case "store":
        return `${at} ${stored}`;
      case "conditional":
        // It is 0 where it stored.
        return this.#integer(operandOf(row, "rd", word)) === 0 ? `${at} ${stored}` : "";
      case "both":
        return `${at}${at} ${this.#inMemory(address, access.bytes)}`;
    }
  }

  /** What a store stores. */
  #operand(row: Instruction, word: number, { bytes }: Access): string {
    const source = operandOf(row, "rs2", word);
    const { registers, registersHigh, floatRegisters, floatRegistersHigh } = this.#machine;
    const isFloat = row.effect?.kind === "floatStore";
    const low = (isFloat ? floatRegisters : registers)[source] ?? 0;
    const high = (isFloat ? floatRegistersHigh : registersHigh)[source] ?? 0;
    const digits = bytes === 8 ? both(high, low) : wordText(low);
    return `0x${digits.slice(-2 * bytes)}`;
  }

  #inMemory(address: number, bytes: number): string {
    const paddr = this.#machine.translate(address);
    if (paddr === undefined) return "";
    const data = [...this.#machine.copyFromPhysical(paddr, bytes)].reverse();
    return `0x${data.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  /** Value of an integer register as an address is given: unsigned on RV32, signed on RV64. */
  #integer(register: number): number {
    const { registers, registersHigh, xlen } = this.#machine;
    const low = (registers[register] ?? 0) >>> 0;
    return xlen === 64 ? (registersHigh[register] ?? 0) * TWO_32 + low : low;
  }

  #integerText(register: number): string {
    const { registers, registersHigh, xlen } = this.#machine;
    const low = registers[register] ?? 0;
    return `0x${xlen === 64 ? both(registersHigh[register] ?? 0, low) : wordText(low)}`;
  }

  #floatText(register: number): string {
    const { floatRegisters, floatRegistersHigh, platform } = this.#machine;
    const low = floatRegisters[register] ?? 0;
    const isDouble = platform.hart?.extensions.includes("d") === true;
    return `0x${isDouble ? both(floatRegistersHigh[register] ?? 0, low) : wordText(low)}`;
  }

  #csrText(csr: number): string {
    const { xlen } = this.#machine;
    const value = xlen === 64 ? this.#machine.readCsr64(csr) : this.#machine.readCsr(csr);
    return `0x${(value ?? 0).toString(16).padStart(xlen / 4, "0")}`;
  }

  #address(value: number): string {
    const high = wordText(Math.floor(value / TWO_32));
    return `0x${this.#machine.xlen === 64 ? high : ""}${wordText(value)}`;
  }
}

/** `x5 `, padded as the log has it. */
function registerName(prefix: "x" | "f", register: number): string {
  return `${prefix}${register.toString().padEnd(2)}`;
}

function wordText(value: number): string {
  return (value >>> 0).toString(16).padStart(WORD_DIGITS, "0");
}

function both(high: number, low: number): string {
  return wordText(high) + wordText(low);
}

/** `csrrs` and `csrrc` write nothing where their source is no register. */
function writesCsr({ effect }: Instruction, word: number): boolean {
  return effect?.kind === "csr" && (effect.change === "write" || ((word >>> 15) & 31) !== 0);
}

/** Offset of a load or store; atomic ones have none. */
function offsetOf(row: Instruction, word: number): number {
  return typeof row.operands.immediate === "string" ? operandOf(row, "immediate", word) : 0;
}

function accessOf({ effect }: Instruction): Access | undefined {
  switch (effect?.kind) {
    case "load":
    case "floatLoad":
    case "loadReserved":
      return { kind: "load", bytes: effect.bytes };
    case "store":
    case "floatStore":
      return { kind: "store", bytes: effect.bytes };
    case "storeConditional":
      return { kind: "conditional", bytes: effect.bytes };
    case "atomic":
      return { kind: "both", bytes: effect.bytes };
    default:
      return undefined;
  }
}
