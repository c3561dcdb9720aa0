import { Csr, fullHart, Machine, type Xlen } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { QEMU_RAM_BYTES } from "../qemu/qemu-process.ts";
import { comparedRegisters, Place, WORDS_PER_REGISTER } from "./hart-state.ts";
import type { PlacedProgram } from "./program.ts";
import type { Target } from "./target.ts";

const MACHINE_MODE = 3;
/** Its registers can be set then. */
const FLOAT_ON = 3 << 13;
const MASK_32 = 0xffffffffn;

/** `@cantrip/hw-riscv`, with everything that it has. */
export class MachineTarget implements Target {
  readonly #xlen: Xlen;
  #machine: Machine;

  constructor(xlen: Xlen) {
    this.#xlen = xlen;
    this.#machine = this.#make();
  }

  #make(): Machine {
    const hart = fullHart(this.#xlen);
    return new Machine({ platform: qemuVirt({ ramSize: QEMU_RAM_BYTES, hart }) });
  }

  load({ program, memory }: PlacedProgram): Promise<void> {
    const machine = (this.#machine = this.#make());
    const { state } = program;
    for (const { address, bytes } of memory) machine.copyToPhysical(address, bytes);
    machine.privilege = MACHINE_MODE;
    machine.writeCsr(Csr.mstatus, FLOAT_ON);
    comparedRegisters(this.#xlen).forEach(({ csr }, index) => {
      const low = state[index * WORDS_PER_REGISTER] ?? 0;
      const high = state[index * WORDS_PER_REGISTER + 1] ?? 0;
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
    });
    return Promise.resolve();
  }

  step(): Promise<void> {
    this.#machine.run({ maxInstructions: 1 });
    return Promise.resolve();
  }

  read(state: Int32Array): Promise<void> {
    const machine = this.#machine;
    const is64 = this.#xlen === 64;
    comparedRegisters(this.#xlen).forEach(({ csr }, index) => {
      const at = index * WORDS_PER_REGISTER;
      let low = 0;
      let high = 0;
      if (csr !== undefined) {
        const value = machine.readCsr64(csr) ?? 0n;
        low = Number(value & MASK_32) | 0;
        high = Number(value >> 32n) | 0;
      } else if (index < Place.pc) {
        low = machine.registers[index] ?? 0;
        high = machine.registersHigh[index] ?? 0;
      } else if (index === Place.pc) {
        low = machine.pc | 0;
        high = Math.floor(machine.pc / 2 ** 32) | 0;
      } else if (index < Place.privilege) {
        low = machine.floatRegisters[index - Place.f] ?? 0;
        high = machine.floatRegistersHigh[index - Place.f] ?? 0;
      } else {
        low = machine.privilege;
      }
      const isWide = is64 || (index >= Place.f && index < Place.privilege);
      state[at] = low;
      state[at + 1] = isWide ? high : 0;
    });
    return Promise.resolve();
  }

  readMemory(address: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#machine.copyFromPhysical(address, length));
  }
}
