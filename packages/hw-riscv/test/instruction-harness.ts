import { assemble } from "@cantrip/hw-riscv/asm";

/** What an instruction is given, as signed 64-bit numbers; registers have the lower half on RV32. */
export interface InstructionCase {
  /** The instruction, or its lower half. */
  readonly word: number;
  /** An instruction that is executed before. */
  readonly before?: number;
  /** `a0`, and `sp`; an address within the data, or of the instruction, is given as an offset: see {@link Harness}. */
  readonly a0: bigint;
  readonly a1: bigint;
  readonly fa0: bigint;
  readonly fa1: bigint;
  readonly fa2: bigint;
  readonly fcsr: bigint;
  readonly data: readonly [bigint, bigint];
}

/** What is left behind, in this order. */
export const OUTCOMES = [
  ...["ra", "sp", "a0", "a2", "fa3", "fcsr", "mscratch", "data0", "data1", "path", "cause", "tval"],
] as const;

const BASE = 0x80000000;
const DATA = BASE + 0x1000;
const TABLE = BASE + 0x2000;
const RESULTS = BASE + 0x200000;
const DOUBLE = 8;
const CASE_BYTES = 9 * DOUBLE;
const RESULT_BYTES = OUTCOMES.length * DOUBLE;
const UART = 0x10000000;
const TEST = 0x100000;
const MSIP = 0x02000000;

/** Addresses that cases name. */
export const HARNESS = {
  base: BASE,
  /** 16 bytes that loads and stores work on. */
  data: DATA + 0x100,
  results: RESULTS,
  resultBytes: RESULT_BYTES,
} as const;

/**
 * A bare program for RISC-V that executes instructions one by one, each with operands from a table, and leaves behind what
 * they did. It prints the results as bytes if it is asked to, and halts the board.
 *
 * It runs on any board like QEMU's `virt`: that is how results of others are made, and how ours are compared.
 */
export function harnessProgram(
  cases: readonly InstructionCase[],
  xlen: 32 | 64,
  prints: boolean,
): { readonly bytes: Uint8Array; readonly slot: number } {
  const bits = xlen === 64;
  const [l, s] = bits ? ["ld", "sd"] : ["lw", "sw"];
  const address = (register: string, value: number | string): string =>
    `li ${register}, ${value}${bits ? `\nslli ${register}, ${register}, 32\nsrli ${register}, ${register}, 32` : ""}`;
  const source = `
    ${address("t0", "handler")}
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, 0x6000
    csrs mstatus, t0
    ${address("t0", MSIP)}
    li t1, 1
    sw t1, 0(t0)
    ${address("s5", TABLE)}
    ${address("s6", RESULTS)}
    li s7, ${cases.length}
  next:
    beqz s7, end
    ${address("s8", "slot")}
    ${address("s9", HARNESS.data)}
    lw t0, 0(s5)
    sw t0, 0(s8)
    lw t0, 4(s5)
    sw t0, -4(s8)
    fence.i
    csrci mstatus, 8
    li t0, 0x1800
    csrs mstatus, t0
    addi t0, s8, 8
    csrw mepc, t0
    csrw sepc, t0
    ${l} a0, 8(s5)
    ${l} sp, 8(s5)
    ${l} a1, 16(s5)
    csrw mscratch, a1
    fld fa0, 24(s5)
    fld fa1, 32(s5)
    fld fa2, 40(s5)
    fld fa3, 40(s5)
    ${l} t0, 48(s5)
    csrw fcsr, t0
    fld ft0, 56(s5)
    fsd ft0, 0(s9)
    fld ft0, 64(s5)
    fsd ft0, 8(s9)
    li s3, 0
    li s4, 0
    li s10, 0
    li ra, 0
    li a2, -1
    csrw fflags, x0
    nop
  slot:
    nop
    addi s3, s3, 1
    addi s3, s3, 2
  back:
    ecall
    csrw mie, x0
    csrr t0, fcsr
    csrr t1, mscratch
    ${["ra", "sp", "a0", "a2"].map((name, index) => `${s} ${name}, ${index * DOUBLE}(s6)`).join("\n")}
    fsd fa3, 32(s6)
    ${s} t0, 40(s6)
    ${s} t1, 48(s6)
    fld ft0, 0(s9)
    fsd ft0, 56(s6)
    fld ft0, 8(s9)
    fsd ft0, 64(s6)
    ${s} s3, 72(s6)
    ${s} s4, 80(s6)
    ${s} s10, 88(s6)
    addi s5, s5, ${CASE_BYTES}
    addi s6, s6, ${RESULT_BYTES}
    addi s7, s7, -1
    j next
  end:
    ${prints ? `${address("t0", RESULTS)}\n${address("t2", UART)}` : ""}
    ${prints ? "more: lbu t1, 0(t0)\nsb t1, 0(t2)\naddi t0, t0, 1\nbltu t0, s6, more" : ""}
    ${address("t0", TEST)}
    li t1, 0x5555
    sw t1, 0(t0)
  stop: j stop
    .align 2
  handler:
    csrr t0, mepc
    ${address("t1", "back")}
    beq t0, t1, return
    csrr s4, mcause
    csrr s10, mtval
    addi s4, s4, 1
    ${address("t0", "slot")}
    addi t0, t0, 4
    csrw mepc, t0
    mret
  return:
    addi t0, t0, 4
    csrw mepc, t0
    li t1, 0x1800
    csrs mstatus, t1
    mret`;
  const { bytes: code, symbols } = assemble(source, { base: BASE, xlen });
  const slot = symbols.get("slot") ?? 0;
  const image = new Uint8Array(TABLE - BASE + cases.length * CASE_BYTES);
  image.set(code);
  const view = new DataView(image.buffer);
  const nop = 0x13;
  cases.forEach((one, index) => {
    const at = TABLE - BASE + index * CASE_BYTES;
    const isCompressed = (one.word & 3) !== 3;
    view.setInt32(at, isCompressed ? (one.word & 0xffff) | 0x00010000 : one.word, true);
    view.setInt32(at + 4, one.before ?? nop, true);
    const values = [one.a0, one.a1, one.fa0, one.fa1, one.fa2, one.fcsr, ...one.data];
    values.forEach((value, place) => {
      view.setBigInt64(at + (place + 1) * DOUBLE, BigInt.asIntN(64, value), true);
    });
  });
  return { bytes: image, slot };
}

/** The results in memory that the program left behind: for each case its {@link OUTCOMES}. */
export function readResults(bytes: Uint8Array, count: number, xlen: 32 | 64): bigint[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Registers are stored with their own width; what is above them was never written.
  const isWide = (name: string): boolean => xlen === 64 || /^(fa|data)/.test(name);
  return Array.from({ length: count }, (_, index) =>
    OUTCOMES.map((name, place) => {
      const value = view.getBigUint64(index * RESULT_BYTES + place * DOUBLE, true);
      return isWide(name) ? value : value & 0xffffffffn;
    }),
  );
}
