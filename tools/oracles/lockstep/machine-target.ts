import { Csr, fullHart, Machine, type Xlen } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { QEMU_RAM_BYTES } from "../qemu/qemu-process.ts";
import {
  type ComparedRegister,
  comparedRegisters,
  Place,
  WORDS_PER_REGISTER,
} from "./hart-state.ts";
import type { PlacedProgram } from "./program.ts";
import type { Target } from "./target.ts";

/** Its registers can be set then. */
const FLOAT_ON = 3 << 13;
const MASK_32 = 0xffffffffn;

/** `@cantrip/hw-riscv`, with everything that it has. */
export class MachineTarget implements Target {
  readonly stepsOverWait = false;
  readonly #xlen: Xlen;
  readonly #registers: readonly ComparedRegister[];
  #machine: Machine;

  constructor(xlen: Xlen) {
    this.#xlen = xlen;
    this.#registers = comparedRegisters(xlen);
    this.#machine = this.#make();
  }

  #make(): Machine {
    const hart = fullHart(this.#xlen);
    return new Machine({ platform: qemuVirt({ ramSize: QEMU_RAM_BYTES, hart }) });
  }

  async load({ program, memory }: PlacedProgram): Promise<void> {
    const machine = (this.#machine = this.#make());
    const { state } = program;
    for (const { address, bytes } of memory) machine.copyToPhysical(address, bytes);
    machine.writeCsr(Csr.mstatus, FLOAT_ON);
    for (let index = 0; index * WORDS_PER_REGISTER < state.length; index++) {
      const at = index * WORDS_PER_REGISTER;
      await this.write(index, state[at] ?? 0, state[at + 1] ?? 0);
    }
  }

  write(index: number, low: number, high: number): Promise<void> {
    const machine = this.#machine;
    const csr = this.#registers[index]?.csr;
    if (csr !== undefined) {
      machine.writeCsr64(csr, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
    } else if (index < Place.pc) {
      machine.registers[index] = low;
      machine.registersHigh[index] = high;
    } else if (index === Place.pc) {
      machine.pc = high * 2 ** 32 + (low >>> 0);
    } else if (index < Place.privilege) {
      machine.floatRegisters[index - Place.f] = low;
      machine.floatRegistersHigh[index - Place.f] = high;
    }
    return Promise.resolve();
  }

  step(): Promise<void> {
    this.#machine.run({ maxInstructions: 1 });
    return Promise.resolve();
  }

  read(state: Int32Array): Promise<void> {
    const is64 = this.#xlen === 64;
    for (let index = 0; index < this.#registers.length; index++) {
      const high = this.#value(index, state);
      const isWide = is64 || (index >= Place.f && index < Place.privilege);
      state[index * WORDS_PER_REGISTER + 1] = isWide ? high : 0;
    }
    return Promise.resolve();
  }

  /** Puts the low word of a register into a state, and returns the high one. */
  #value(index: number, state: Int32Array): number {
    const machine = this.#machine;
    const at = index * WORDS_PER_REGISTER;
    const csr = this.#registers[index]?.csr;
    if (csr !== undefined) {
      const value = machine.readCsr64(csr) ?? 0n;
      state[at] = Number(value & MASK_32);
      return Number(value >> 32n);
    }
    if (index < Place.pc) {
      state[at] = machine.registers[index] ?? 0;
      return machine.registersHigh[index] ?? 0;
    }
    if (index === Place.pc) {
      state[at] = machine.pc;
      return Math.floor(machine.pc / 2 ** 32);
    }
    if (index < Place.privilege) {
      state[at] = machine.floatRegisters[index - Place.f] ?? 0;
      return machine.floatRegistersHigh[index - Place.f] ?? 0;
    }
    state[at] = machine.privilege;
    return 0;
  }

  readMemory(address: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#machine.copyFromPhysical(address, length));
  }
}
