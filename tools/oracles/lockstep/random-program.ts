import { Csr, type Xlen } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import type { Instruction } from "../../../packages/hw-riscv/src/isa/instruction.ts";
import { comparedRegisters, emptyState, Place, WORDS_PER_REGISTER } from "./hart-state.ts";
import { ALIAS, DATA, DATA_BYTES, DATA_PAGE, pageTables, TABLES } from "./page-tables.ts";
import type { Item, MemoryPiece, Program } from "./program.ts";
import type { Random } from "./random.ts";
import {
  bytesOf,
  isDistance,
  JUMP_REGISTER,
  type RandomInstructions,
  roleOf,
  withImmediate,
} from "./random-instruction.ts";
import { specialItems } from "./special-items.ts";
import { interestingFloat, interestingWord } from "./values.ts";

/** Where a program begins: in machine mode, with neither page tables nor protection; or in a lower mode, with both. */
export type ProgramKind = "machine" | "supervisor" | "user";
export const PROGRAM_KINDS: readonly ProgramKind[] = ["machine", "supervisor", "user"];

const RAM = 0x80000000;
/** The way into the program, and the handlers of traps. */
const ENTRY = RAM;
const MACHINE_HANDLER = RAM + 0x400;
const SUPERVISOR_HANDLER = RAM + 0x800;
const CODE = RAM + 0x2000;
const NOTHING_THERE = 0x40;
const MODES: Readonly<Record<ProgramKind, number>> = { machine: 3, supervisor: 1, user: 0 };
const MPP_SHIFT = 11;
const FLOAT_ON = 3 << 13;
/** TW: below machine mode nobody waits, which would take for ever. */
const WAITS_TRAP = 1 << 21;
const ALL_MEMORY = -1;
/** NAPOT, readable, writable, executable. */
const ALL_RIGHTS = 0x1f;
/** Exceptions that may be delegated, except environment calls from machine mode. */
const DELEGATED = 0xb1ff;
/** So many items further on a jump may go. */
const MAX_JUMP = 5;

/**
 * Control and status registers that any program may change: the handlers need none of them. QEMU 7.2 keeps the lowest bit of
 * an exception's address, and bits of the hypervisor in others though it has none.
 */
const ANY_CSR: readonly number[] = [
  ...[Csr.fflags, Csr.frm, Csr.fcsr, Csr.fcsr],
  ...[Csr.mscratch, Csr.sscratch, Csr.mcause, Csr.scause, Csr.mtval, Csr.stval],
  ...[Csr.mhartid, Csr.misa, Csr.mconfigptr],
  // Nothing has these numbers.
  ...[0x5c0, 0x8ff, 0xbff],
];

/** QEMU 7.2 lets a register of zeros be set in what can only be read. */
const WRITABLE_CSR = ANY_CSR.filter((csr) => csr >>> 10 !== 3);

/** Traps go on with the next 4 bytes; no register changes. */
const handler = (level: "m" | "s"): string => `
  csrrw t6, ${level}scratch, t6
  csrr t6, ${level}epc
  addi t6, t6, 4
  csrw ${level}epc, t6
  csrrw t6, ${level}scratch, t6
  ${level}ret`;

/**
 * A random program of instructions of the given rows, one item for each.
 *
 * Loads, stores and atomics go to data that can be reached, and now and then to what cannot. Jumps go forward, so that
 * every program ends. Whatever traps goes on 4 bytes further.
 */
export function randomProgram(
  instructions: RandomInstructions,
  random: Random,
  { xlen, kind, rows }: { xlen: Xlen; kind: ProgramKind; rows: readonly Instruction[] },
): Program {
  const items = rows.map((row) => {
    const special = specialItems(row.name, kind, random, xlen);
    if (special !== undefined) return special;
    const csrs = ["csrrs", "csrrc"].includes(row.name) ? WRITABLE_CSR : ANY_CSR;
    return itemOf(row, instructions.make(row, csrs), random);
  });
  return {
    xlen,
    items,
    start: CODE,
    handlers: [MACHINE_HANDLER, SUPERVISOR_HANDLER],
    state: firstState(xlen, kind, random),
    memory: [
      ...fixedMemory(xlen),
      { address: DATA, bytes: randomBytes(DATA_BYTES, random) },
      pageTables(xlen, kind === "user"),
    ],
    data: { address: DATA, length: TABLES - DATA + pageTables(xlen, false).bytes.length },
  };
}

function fixedMemory(xlen: Xlen): readonly MemoryPiece[] {
  const piece = (base: number, source: string): MemoryPiece => ({
    address: base,
    bytes: assemble(source, { base, xlen }).bytes,
  });
  return [
    // A reservation may be left from before.
    piece(ENTRY, "lr.w x0, (sp)\n sc.w x0, x0, (sp)\n sfence.vma x0, x0\n fence.i\n mret"),
    piece(MACHINE_HANDLER, handler("m")),
    piece(SUPERVISOR_HANDLER, handler("s")),
  ];
}

/** Bytes that are also addresses, small numbers and patterns. */
function randomBytes(length: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < length; at += 8) {
    const [low, high] = random.once(2) ? interestingFloat(random) : interestingWord(random);
    view.setInt32(at, low, true);
    view.setInt32(at + 4, high, true);
  }
  return bytes;
}

function firstState(xlen: Xlen, kind: ProgramKind, random: Random): Int32Array {
  const state = emptyState(xlen);
  const set = (index: number, low: number, high: number): void => {
    state[index * WORDS_PER_REGISTER] = low;
    state[index * WORDS_PER_REGISTER + 1] = high;
  };
  const isWide = xlen === 64;
  for (let x = 1; x < 32; x++) {
    const [low, high] = interestingWord(random);
    set(Place.x + x, low, isWide ? high : 0);
  }
  const isTranslated = kind !== "machine";
  const bases: Readonly<Record<number, number>> = {
    2: DATA + 0x800,
    3: DATA + 2 * DATA_PAGE - 4,
    4: DATA + 0x1803,
    5: isTranslated ? DATA + 3 * DATA_PAGE + 0x800 : NOTHING_THERE,
    6: isTranslated ? DATA + 4 * DATA_PAGE + 0x7fc : DATA + 0x2000,
    7: isTranslated ? ALIAS + (DATA - RAM) + 0x808 : DATA + 0x3ff8,
    8: DATA + 0x1400,
    9: DATA + 0x2400,
  };
  for (const [x, address] of Object.entries(bases)) set(Place.x + Number(x), address, 0);
  set(Place.pc, ENTRY, 0);
  for (let f = 0; f < 32; f++) set(Place.f + f, ...interestingFloat(random));
  const isDelegated = isTranslated && random.once(2);
  const { satp, satpHigh } = rootOf(xlen);
  const csrs: Readonly<Partial<Record<string, readonly [number, number]>>> = {
    fcsr: [random.below(5) << 5, 0],
    mstatus: [FLOAT_ON | WAITS_TRAP | (MODES[kind] << MPP_SHIFT), isWide ? 0xa : 0],
    mtvec: [MACHINE_HANDLER, 0],
    stvec: [SUPERVISOR_HANDLER, 0],
    mepc: [CODE, 0],
    medeleg: [isDelegated ? random.bits() & DELEGATED : 0, 0],
    satp: isTranslated ? [satp, satpHigh] : [0, 0],
    pmpcfg0: [ALL_RIGHTS, 0],
    pmpaddr0: [ALL_MEMORY, isWide ? 0x003fffff : 0],
  };
  comparedRegisters(xlen).forEach(({ name, csr }, index) => {
    const value = csr === undefined ? undefined : csrs[name];
    if (value !== undefined) set(index, value[0], value[1]);
  });
  return state;
}

function rootOf(xlen: Xlen): { readonly satp: number; readonly satpHigh: number } {
  const page = TABLES >>> 12;
  return xlen === 64
    ? { satp: page, satpHigh: 8 << 28 }
    : { satp: 0x80000000 | page | 0, satpHigh: 0 };
}

/** `auipc`, `addi` and `jalr` of the register for jumps. */
const AUIPC = 0x17 | (JUMP_REGISTER << 7);
const addi = (value: number): number =>
  0x13 | (JUMP_REGISTER << 7) | (JUMP_REGISTER << 15) | (value << 20);
/** `c.nop`: what follows an instruction of 2 bytes that may trap. */
const C_NOP = 0x0001;

/** An item of one instruction, with what it needs before it. */
function itemOf(row: Instruction, word: number, random: Random): Item {
  const isShort = row.bytes === 2;
  if (row.effect?.kind === "storeConditional") {
    // What it depends on is the same for both: its own reservation, which the first of two takes.
    const reserve = (word & ~(0x1f << 27) & ~(0x1f << 20) & ~(0x1f << 7)) | (0x02 << 27);
    return plainItem(random.once(2) ? [reserve, word] : [reserve, word, word]);
  }
  const padding = isShort ? [C_NOP] : [];
  if (!isDistance(row)) return plainItem([word, ...padding]);
  const jump = random.below(MAX_JUMP);
  if (roleOf(row) !== "jumpTo") {
    return {
      size: 4,
      jump,
      encode: (at, target) => bytesOf([withImmediate(row, word, target - at), ...padding]),
    };
  }
  // The lowest bit of the sum is dropped.
  const odd = random.below(2);
  if (isShort) {
    return {
      size: 12,
      jump,
      encode: (at, target) => bytesOf([AUIPC, addi(target - at + odd), word, C_NOP]),
    };
  }
  return {
    size: 8,
    jump,
    encode: (at, target) => bytesOf([AUIPC, withImmediate(row, word, target - at + odd)]),
  };
}

function plainItem(words: readonly number[]): Item {
  const bytes = bytesOf(words);
  return { size: bytes.length, jump: 0, encode: () => bytes };
}
