import { existsSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { ElfError, readSections, readSymbols, SegmentFlag, SegmentType } from "@cantrip/elf";
import type { Xlen } from "@cantrip/hw-riscv";
import { disassemble } from "@cantrip/hw-riscv/disasm";
import { ExitCode } from "./exit-code.ts";
import { readInput } from "./input-files.ts";
import { parseXlen } from "./run/run-arguments.ts";
import { readImage, type RunImage, xlenOf } from "./run/run-image.ts";
import { SymbolTable } from "./symbol-table.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `usage: cantrip disasm FILE [--xlen 32|64]
       cantrip disasm WORD... [--xlen 32|64]

Lists the code of an ELF executable, with its symbols, or of a raw binary, from address 0; or instructions that are given
as hexadecimal words of 4 or 8 digits. --xlen is the width of a register (32 by default); an ELF file says it itself.
`;

const HEX_WORD = /^(0x)?([0-9a-fA-F]{4}|[0-9a-fA-F]{8})$/;
/** `SHF_EXECINSTR` */
const EXECUTABLE_SECTION = 4;
/** Columns of the instruction's bits, by their digits, as objdump has it. */
const BITS_WIDTH: Readonly<Record<number, number>> = { 4: 20, 8: 18 };
/** Columns of an address, by the width of a register. */
const ADDRESS_WIDTH = { 32: 8, 64: 12 } as const;
const BUFFERED_LINES = 4096;

/** A stretch of code. */
interface Code {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Runs `cantrip disasm`. Returns the exit code. */
export function disasm(args: readonly string[]): number {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return ExitCode.Ok;
  }
  const { values, positionals } = parse(args);
  const xlen = values.xlen === undefined ? undefined : parseXlen(values.xlen);
  const [first, ...more] = positionals;
  if (first === undefined) throw new UsageError("disasm: a file or words are needed");
  if (!existsSync(first) && positionals.every((text) => HEX_WORD.test(text))) {
    for (const text of positionals) process.stdout.write(`${wordLine(text, xlen ?? 32)}\n`);
    return ExitCode.Ok;
  }
  if (more.length > 0)
    throw new UsageError(
      `disasm: one file, or words of 4 or 8 hexadecimal digits, not ${positionals.join(" ")}`,
    );
  const image = readImage(first, readInput(first, "disasm"));
  const said = xlenOf(image);
  if (said !== undefined && xlen !== undefined && said !== xlen)
    throw new UsageError(`${first}: a program for ${said} bits, not ${xlen}`);
  list(image, said ?? xlen ?? 32);
  return ExitCode.Ok;
}

function parse(args: readonly string[]): { values: { xlen?: string }; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { xlen: { type: "string" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wordLine(text: string, xlen: Xlen): string {
  const digits = text.replace(/^0x/, "");
  const word = Number.parseInt(digits, 16) | 0;
  return instructionLine(digits.toLowerCase(), disassemble(word, { xlen }));
}

/** Bits, mnemonic and operands, with tabs between them. */
function instructionLine(bits: string, text: string): string {
  return `${bits.padEnd(BITS_WIDTH[bits.length] ?? 0)}\t${text.replace(" ", "\t")}`;
}

function list(image: RunImage, xlen: Xlen): void {
  const symbols = symbolsOf(image);
  process.stdout.write(`\n${image.name}:     file format ${formatOf(image)}\n\n`);
  for (const code of codeOf(image)) {
    process.stdout.write(`\nDisassembly of section ${code.name}:\n`);
    let lines: string[] = [];
    for (const line of linesOf(code, symbols, xlen)) {
      lines.push(line);
      if (lines.length < BUFFERED_LINES) continue;
      process.stdout.write(`${lines.join("\n")}\n`);
      lines = [];
    }
    if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
  }
}

function formatOf({ elf }: RunImage): string {
  return elf === undefined ? "binary" : `elf${elf.is64 ? 64 : 32}-littleriscv`;
}

function symbolsOf({ elf, name }: RunImage): SymbolTable {
  if (elf === undefined) return new SymbolTable([]);
  try {
    return new SymbolTable(readSymbols(elf));
  } catch (error) {
    if (error instanceof ElfError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}

/** Executable sections; in a file without sections its executable segments. */
function codeOf({ elf, bytes, name }: RunImage): readonly Code[] {
  if (elf === undefined) return [{ name: ".data", address: 0, bytes }];
  try {
    const sections = readSections(elf)
      .filter(({ flags, data }) => (flags & EXECUTABLE_SECTION) !== 0 && data.length > 0)
      .map((section) => ({ name: section.name, address: section.address, bytes: section.data }));
    if (sections.length > 0) return sections;
  } catch (error) {
    if (error instanceof ElfError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
  return elf.segments
    .filter(({ type, flags }) => type === SegmentType.Load && (flags & SegmentFlag.Execute) !== 0)
    .map(({ vaddr, data }, index) => ({ name: `segment ${index}`, address: vaddr, bytes: data }));
}

function* linesOf({ address, bytes }: Code, symbols: SymbolTable, xlen: Xlen): Generator<string> {
  let at = 0;
  const half = (offset: number): number => (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  while (at + 2 <= bytes.length) {
    const pc = address + at;
    const name = symbols.at(pc);
    if (name !== undefined) yield `\n${pc.toString(16).padStart(xlen / 4, "0")} <${name}>:`;
    const low = half(at);
    const isWhole = (low & 3) === 3 && at + 4 <= bytes.length;
    const word = isWhole ? low | (half(at + 2) << 16) : low;
    const bits = (word >>> 0).toString(16).padStart(isWhole ? 8 : 4, "0");
    const text = withSymbol(disassemble(word, { xlen, pc }), symbols);
    yield `${pc.toString(16).padStart(ADDRESS_WIDTH[xlen])}:\t${instructionLine(bits, text)}`;
    at += isWhole ? 4 : 2;
  }
}

/** Jumps and branches, whose last operand is an address. */
const TARGET = /^(?:j|jal|b[a-z]+) (?:.*,)?0x([0-9a-f]+)$/;
/** Bit manipulation whose names begin like branches. */
const NO_BRANCH = /^b(?:clr|ext|inv|set)/;

function withSymbol(text: string, symbols: SymbolTable): string {
  const target = NO_BRANCH.test(text) ? undefined : TARGET.exec(text)?.[1];
  const place = target === undefined ? undefined : symbols.place(Number.parseInt(target, 16));
  return place === undefined ? text : `${text} <${place}>`;
}
