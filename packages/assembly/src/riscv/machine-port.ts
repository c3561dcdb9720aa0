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
    const { registers } = this.#machine;
    for (let index = 1; index < 32; index++) into[index] = registers[index] ?? 0;
    into[CONTEXT_PC] = this.#machine.pc;
  }
  loadContext(from: Int32Array): void {
    const { registers } = this.#machine;
    for (let index = 1; index < 32; index++) registers[index] = from[index] ?? 0;
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
  now(): number {
    return this.#machine.timeTicks;
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
