import { Machine, type MachineOptions } from "@cantrip/hw-riscv";
import { assemble, type Assembly } from "@cantrip/hw-riscv/asm";
import { qemuVirt, sparrow } from "@cantrip/hw-riscv/platforms";

export const RAM = 0x80000000;
export const SPARROW_RAM = 0x28000000;
const MIB = 0x100000;

/** Number of each register by its ABI name, as far as tests need them. */
export const REG = {
  ra: 1,
  sp: 2,
  t0: 5,
  t1: 6,
  t2: 7,
  s0: 8,
  s1: 9,
  a0: 10,
  a1: 11,
  a2: 12,
  a3: 13,
  a4: 14,
  a5: 15,
  a7: 17,
  s11: 27,
} as const;

/** Halts the machine through the test finisher. */
const PASS = "\nli t6, 0x100000\nli t5, 0x5555\nsw t5, 0(t6)\n";

export function bareMachine(options: Partial<MachineOptions> = {}): Machine {
  return new Machine({ platform: qemuVirt({ ramSize: 4 * MIB }), ...options });
}

export function sparrowMachine(options: Partial<MachineOptions> = {}): Machine {
  return new Machine({ platform: sparrow({ ramSize: 4 * MIB }), ...options });
}

/** Runs a machine-mode program to the test finisher. */
export function runBare(
  source: string,
  machine: Machine = bareMachine(),
): { machine: Machine; program: Assembly } {
  const program = assemble(source + PASS, { base: RAM });
  machine.copyToPhysical(RAM, program.bytes);
  const reason = machine.run({ maxInstructions: 1_000_000 });
  if (reason.kind !== "halted")
    throw new Error(`run ended with ${reason.kind} at ${machine.pc.toString(16)}`);
  return { machine, program };
}

export function reg(machine: Machine, name: keyof typeof REG): number {
  return (machine.registers[REG[name]] ?? 0) | 0;
}

/** Sv32 leaf and pointer flags. */
export const PTE = { V: 1, R: 2, W: 4, X: 8, U: 16, A: 64, D: 128 } as const;
export const USER_RWX = PTE.V | PTE.R | PTE.W | PTE.X | PTE.U | PTE.A | PTE.D;

/** Builds Sv32 tables in a machine's memory. */
export class PageTables {
  readonly root: number;
  #next: number;
  readonly #machine: Machine;
  constructor(machine: Machine, at: number) {
    this.#machine = machine;
    this.root = at;
    this.#next = at + 4096;
    machine.zeroPhysical(at, 4096);
  }
  /** Value for satp. */
  satp(asid = 0): number {
    return (0x80000000 | (asid << 22) | (this.root >>> 12)) >>> 0;
  }
  map(virtual: number, physical: number, flags: number = USER_RWX): void {
    const slot = this.root + (virtual >>> 22) * 4;
    let entry = this.#machine.readPhysical32(slot);
    if (entry === 0) {
      this.#machine.zeroPhysical(this.#next, 4096);
      entry = ((this.#next >>> 12) << 10) | PTE.V;
      this.#machine.writePhysical32(slot, entry);
      this.#next += 4096;
    }
    const table = (entry >>> 10) * 4096;
    const leaf = table + ((virtual >>> 12) & 0x3ff) * 4;
    this.#machine.writePhysical32(leaf, ((physical >>> 12) << 10) | flags);
  }
}
