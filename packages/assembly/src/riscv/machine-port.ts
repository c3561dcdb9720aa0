import type { Machine } from "@cantrip/hw-riscv";
import type { KernelPort } from "@cantrip/sel4-kernel";

const PAGE_BITS = 12;
/** `satp.MODE` = Sv32. */
const SATP_SV32 = 0x80000000;
const SATP_ASID_SHIFT = 22;
/** Word of a saved context that holds the pc. */
const CONTEXT_PC = 32;

/** The kernel's view of a machine: what a supervisor in machine code would do with instructions and CSRs. */
export class MachinePort implements KernelPort {
  readonly #machine: Machine;
  readonly #putChar: (byte: number) => void;
  #haltReason: string | undefined;

  /** @param putChar - what the kernel's debug console is: on CantripOS the UART's transmit register */
  constructor(machine: Machine, putChar: (byte: number) => void) {
    this.#machine = machine;
    this.#putChar = putChar;
  }

  /** Why the kernel halted the machine. */
  get haltReason(): string | undefined {
    return this.#haltReason;
  }

  readWord(paddr: number): number {
    return this.#machine.readPhysical32(paddr);
  }
  writeWord(paddr: number, value: number): void {
    this.#machine.writePhysical32(paddr, value);
  }
  clearMemory(paddr: number, bytes: number): void {
    this.#machine.zeroPhysical(paddr, bytes);
  }
  copyToMemory(paddr: number, bytes: Uint8Array): void {
    this.#machine.copyToPhysical(paddr, bytes);
  }
  saveContext(into: Int32Array): void {
    copyRegisters(this.#machine.registers, into);
    into[CONTEXT_PC] = this.#machine.pc;
  }
  loadContext(from: Int32Array): void {
    copyRegisters(from, this.#machine.registers);
    this.#machine.pc = (from[CONTEXT_PC] ?? 0) >>> 0;
  }
  waitForInterrupt(): void {
    this.#machine.waitForInterrupt();
  }
  setRootTable(rootPaddr: number, asid: number): void {
    this.#machine.setRootTable(
      (SATP_SV32 | (asid << SATP_ASID_SHIFT) | (rootPaddr >>> PAGE_BITS)) >>> 0,
    );
  }
  fence(): void {
    this.#machine.fenceVma();
  }
  claimInterrupt(): number {
    return this.#machine.interruptController.claim();
  }
  completeInterrupt(irq: number): void {
    this.#machine.interruptController.complete(irq);
  }
  setInterruptMasked(irq: number, masked: boolean): void {
    this.#machine.interruptController.setEnabled(irq, !masked);
  }
  isInterruptPending(): boolean {
    return this.#machine.isInterruptPending;
  }
  readTime(into: Float64Array): void {
    this.#machine.readTime(into);
  }
  setDeadline(ticks: number): void {
    this.#machine.setSupervisorTimer(ticks);
  }
  charge(instructions: number): void {
    this.#machine.charge(instructions);
  }
  putChar(byte: number): void {
    this.#putChar(byte);
  }
  halt(reason: string): void {
    this.#haltReason = reason;
    this.#machine.stop();
  }
}

/** Copies words 1..31. Written out, because a loop takes three times as long, twice in every system call. */
function copyRegisters(from: Int32Array, to: Int32Array): void {
  to[1] = from[1] ?? 0;
  to[2] = from[2] ?? 0;
  to[3] = from[3] ?? 0;
  to[4] = from[4] ?? 0;
  to[5] = from[5] ?? 0;
  to[6] = from[6] ?? 0;
  to[7] = from[7] ?? 0;
  to[8] = from[8] ?? 0;
  to[9] = from[9] ?? 0;
  to[10] = from[10] ?? 0;
  to[11] = from[11] ?? 0;
  to[12] = from[12] ?? 0;
  to[13] = from[13] ?? 0;
  to[14] = from[14] ?? 0;
  to[15] = from[15] ?? 0;
  to[16] = from[16] ?? 0;
  to[17] = from[17] ?? 0;
  to[18] = from[18] ?? 0;
  to[19] = from[19] ?? 0;
  to[20] = from[20] ?? 0;
  to[21] = from[21] ?? 0;
  to[22] = from[22] ?? 0;
  to[23] = from[23] ?? 0;
  to[24] = from[24] ?? 0;
  to[25] = from[25] ?? 0;
  to[26] = from[26] ?? 0;
  to[27] = from[27] ?? 0;
  to[28] = from[28] ?? 0;
  to[29] = from[29] ?? 0;
  to[30] = from[30] ?? 0;
  to[31] = from[31] ?? 0;
}
