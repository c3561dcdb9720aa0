import {
  COMPRESSED_FLAG,
  type Decoded,
  FIRST_EXTERNAL,
  ILLEGAL,
  RD_SHIFT,
  RS1_SHIFT,
  RS2_SHIFT,
  SINK_REGISTER,
} from "./decoded.ts";
import { readImmediate, readRegister } from "./fields.ts";
import type { Instruction, Operands, Xlen } from "./instruction.ts";
import { instructionsOf, operationsOf } from "./table.ts";

interface Entry {
  readonly row: Instruction;
  readonly operation: number;
}

/** What is decoded. */
export interface DecoderOptions {
  readonly xlen: Xlen;
  /** Names of the extensions that exist; all that the table has when absent. */
  readonly extensions?: ReadonlySet<string>;
  /** Further rows, which come before those of the table. */
  readonly external?: readonly Instruction[];
}

/** The value of an operand in an instruction; 0 where it has none. */
export function operandOf(row: Instruction, name: keyof Operands, word: number): number {
  if (name !== "immediate") {
    const place = row.operands[name];
    return place === undefined ? 0 : readRegister(place, word);
  }
  const { immediate } = row.operands;
  if (immediate === undefined) return 0;
  if (typeof immediate === "number") return immediate;
  return immediate === "word" ? word : readImmediate(immediate, word);
}

/** Finds the row of an instruction, and packs it for the interpreters. */
export class Decoder {
  /** Rows by the bits that every row fixes: opcode and funct3, or quadrant and funct3. */
  readonly #buckets: (Entry[] | undefined)[] = [];

  constructor({ xlen, extensions, external = [] }: DecoderOptions) {
    const numbers = new Map(operationsOf(xlen).map(({ name }, index) => [name, index + 1]));
    external.forEach((row, index) => {
      this.#add({ row, operation: FIRST_EXTERNAL + index });
    });
    for (const row of instructionsOf(xlen)) {
      const isCompressed = row.bytes === 2 && extensions?.has("c") === false;
      if (isCompressed || extensions?.has(row.extension) === false) continue;
      this.#add({ row, operation: numbers.get(row.expansion ?? row.name) ?? ILLEGAL });
    }
  }

  #add(entry: Entry): void {
    const { match, mask, bytes } = entry.row;
    for (let funct3 = 0; funct3 < 8; funct3++) {
      const word = bytes === 2 ? (match & 3) | (funct3 << 13) : (match & 0x7f) | (funct3 << 12);
      const selected = bytes === 2 ? 0xe003 : 0x707f;
      if (((word ^ match) & mask & selected) !== 0) continue;
      const bucket = bucketOf(word);
      (this.#buckets[bucket] ??= []).push(entry);
    }
  }

  #find(word: number): Entry | undefined {
    const bucket = this.#buckets[bucketOf(word)];
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      const { row } = entry;
      if ((word & row.mask) !== row.match) continue;
      if (row.nonzero?.some((name) => operandOf(row, name, word) === 0) !== true) return entry;
    }
    return undefined;
  }

  /** The row of an instruction; only the low half of one with 2 bytes is looked at. */
  find(word: number): Instruction | undefined {
    return this.#find((word & 3) === 3 ? word : word & 0xffff)?.row;
  }

  /**
   * Decodes one instruction.
   *
   * @param low - first half-word
   * @param high - second half-word; ignored when the instruction has 2 bytes
   * @param into - receives the result
   */
  decode(low: number, high: number, into: Decoded): void {
    const isCompressed = (low & 3) !== 3;
    const word = isCompressed ? low : low | (high << 16);
    const flag = isCompressed ? COMPRESSED_FLAG : 0;
    const entry = this.#find(word);
    if (entry === undefined) {
      into.operation = ILLEGAL | flag;
      into.immediate = word;
      return;
    }
    const { row, operation } = entry;
    const rd = operandOf(row, "rd", word);
    const sink = row.syntax.startsWith("fd") ? rd : rd === 0 ? SINK_REGISTER : rd;
    into.operation =
      operation |
      (sink << RD_SHIFT) |
      (operandOf(row, "rs1", word) << RS1_SHIFT) |
      (operandOf(row, "rs2", word) << RS2_SHIFT) |
      flag;
    // Instructions from outside find their operands themselves.
    into.immediate = operation >= FIRST_EXTERNAL ? word : operandOf(row, "immediate", word);
  }
}

function bucketOf(word: number): number {
  if ((word & 3) !== 3) return 256 + (word & 3) * 8 + ((word >>> 13) & 7);
  return ((word >>> 2) & 31) * 8 + ((word >>> 12) & 7);
}
