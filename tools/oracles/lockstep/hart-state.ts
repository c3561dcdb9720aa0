import { Csr, type Xlen } from "@cantrip/hw-riscv";

/** A register that is compared. */
export interface ComparedRegister {
  readonly name: string;
  /** Its number in QEMU's packets. */
  readonly gdbNumber: number;
  /** Number of a control and status register. */
  readonly csr?: number;
  /** Bytes of it. */
  readonly bytes: 4 | 8;
  /** The bits that are compared; all when absent. */
  readonly mask?: number;
}

/** Words of a register in a state: low, high. */
export const WORDS_PER_REGISTER = 2;
/** Places of registers in a state. */
export const Place = { x: 0, pc: 32, f: 33, privilege: 65, csr: 66 } as const;
/** QEMU numbers control and status registers from here on. */
const GDB_CSR = 66;
const ALL: readonly number[] = Array.from({ length: 32 }, (_, number) => number);

/**
 * Machine-level timer and external interrupts are pending or not as boards are wired: of `mip` the three that software
 * sets are compared.
 */
const SOFTWARE_INTERRUPTS = 0x222;

const COMPARED_CSRS: readonly (readonly [keyof typeof Csr, mask?: number])[] = [
  ["fcsr"],
  ["mstatus"],
  ["mtvec"],
  ["mscratch"],
  ["mepc"],
  ["mcause"],
  ["mtval"],
  ["mie"],
  ["mip", SOFTWARE_INTERRUPTS],
  ["medeleg"],
  ["mideleg"],
  ["stvec"],
  ["sscratch"],
  ["sepc"],
  ["scause"],
  ["stval"],
  ["satp"],
  ["pmpcfg0"],
  ["pmpaddr0"],
];

/** The registers of a state, in order. */
export function comparedRegisters(xlen: Xlen): readonly ComparedRegister[] {
  const bytes: 4 | 8 = xlen === 64 ? 8 : 4;
  const core = ALL.map((number) => ({ name: `x${number}`, gdbNumber: number, bytes }));
  const float = ALL.map((number) => ({
    name: `f${number}`,
    gdbNumber: Place.f + number,
    bytes: 8 as const,
  }));
  const csrs = COMPARED_CSRS.map(([name, mask]) => ({
    name,
    gdbNumber: GDB_CSR + Csr[name],
    csr: Csr[name],
    bytes,
    ...(mask === undefined ? {} : { mask }),
  }));
  return [
    ...core,
    { name: "pc", gdbNumber: Place.pc, bytes },
    ...float,
    { name: "privilege", gdbNumber: Place.privilege, bytes },
    ...csrs,
  ];
}

/** A state with every register 0. */
export function emptyState(xlen: Xlen): Int32Array {
  return new Int32Array(comparedRegisters(xlen).length * WORDS_PER_REGISTER);
}

/** A register's value in a state, as it is printed. */
export function printRegister(
  state: Int32Array,
  index: number,
  { bytes }: ComparedRegister,
): string {
  const half = (word: number): string =>
    ((state[index * WORDS_PER_REGISTER + word] ?? 0) >>> 0).toString(16).padStart(8, "0");
  return `0x${bytes === 8 ? half(1) : ""}${half(0)}`;
}

/** A register that two states differ in; the first one. */
export function firstDifference(
  registers: readonly ComparedRegister[],
  one: Int32Array,
  other: Int32Array,
): number | undefined {
  for (let index = 0; index < registers.length; index++) {
    const mask = registers[index]?.mask ?? -1;
    for (let word = 0; word < WORDS_PER_REGISTER; word++) {
      const at = index * WORDS_PER_REGISTER + word;
      if ((((one[at] ?? 0) ^ (other[at] ?? 0)) & mask) !== 0) return index;
    }
  }
  return undefined;
}
