import type { Machine } from "@cantrip/hw-riscv";
import type { KernelPort } from "@cantrip/sel4-kernel";
import type { ConsoleLine } from "./create-machine.ts";

const PAGE_BITS = 12;
/** `satp.MODE` = Sv32. */
const SATP_SV32 = 0x80000000;
const SATP_ASID_SHIFT = 22;
/** Word of a saved context that holds the pc. */
const CONTEXT_PC = 32;
const REGISTER_PAIRS = 16;

/** The kernel's debug console: on CantripOS the UART's transmitter. */
export type KernelConsole = Pick<ConsoleLine, "transmitNow" | "drain">;

/** The kernel's view of a machine: what a supervisor in machine code would do with instructions and CSRs. */
export class MachinePort implements KernelPort {
  readonly #machine: Machine;
  readonly #registerPairs: BigInt64Array;
  readonly #console: KernelConsole;
  #haltReason: string | undefined;

  constructor(machine: Machine, console: KernelConsole) {
    this.#machine = machine;
    const { buffer, byteOffset } = machine.registers;
    this.#registerPairs = new BigInt64Array(buffer, byteOffset, REGISTER_PAIRS);
    this.#console = console;
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
  saveContext(into: Int32Array, pairs: BigInt64Array): void {
    copyPairs(this.#registerPairs, pairs);
    into[CONTEXT_PC] = this.#machine.pc;
  }
  loadContext(from: Int32Array, pairs: BigInt64Array): void {
    copyPairs(pairs, this.#registerPairs);
    this.#machine.registers[0] = 0;
    this.#machine.pc = (from[CONTEXT_PC] ?? 0) >>> 0;
  }
  waitForInterrupt(): void {
    this.#machine.waitForInterrupt();
  }
  setRootTable(rootPaddr: number, asid: number): void {
    // Signed, because a number beyond 31 bits is an object wherever the engine does not inline the call.
    this.#machine.setRootTable(SATP_SV32 | (asid << SATP_ASID_SHIFT) | (rootPaddr >>> PAGE_BITS));
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
    this.#console.transmitNow(byte);
  }
  halt(reason: string): void {
    this.#haltReason = reason;
    // A kernel that has halted does nothing, but its UART goes on; this machine stops as a whole.
    this.#console.drain();
    this.#machine.stop();
  }
}

/**
 * Copies the 16 pairs of registers. Written out, because a loop takes twice as long, twice in every system call; and as
 * bigints, which the engine moves as they are: words one by one take three times as long.
 */
function copyPairs(from: BigInt64Array, to: BigInt64Array): void {
  to[0] = from[0] ?? 0n;
  to[1] = from[1] ?? 0n;
  to[2] = from[2] ?? 0n;
  to[3] = from[3] ?? 0n;
  to[4] = from[4] ?? 0n;
  to[5] = from[5] ?? 0n;
  to[6] = from[6] ?? 0n;
  to[7] = from[7] ?? 0n;
  to[8] = from[8] ?? 0n;
  to[9] = from[9] ?? 0n;
  to[10] = from[10] ?? 0n;
  to[11] = from[11] ?? 0n;
  to[12] = from[12] ?? 0n;
  to[13] = from[13] ?? 0n;
  to[14] = from[14] ?? 0n;
  to[15] = from[15] ?? 0n;
}
