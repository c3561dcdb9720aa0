import type { Machine } from "@cantrip/hw-riscv";
import {
  CONTEXT_HIGH,
  CONTEXT_HIGH_PAIRS,
  CONTEXT_PC,
  type KernelPort,
  numberOf,
} from "@cantrip/sel4-kernel";
import type { ConsoleLine } from "./create-machine.ts";

const PAGE_BITS = 12;
const PAGE_BYTES = 4096;
/** `satp.MODE` = Sv32. */
const SATP_SV32 = 0x80000000;
const SATP_ASID_SHIFT = 22;
/** Upper half of `satp`: `satp.MODE` = Sv39. */
const SATP_SV39_HIGH = 0x80000000;
const SATP_ASID_SHIFT_HIGH = 12;
const TWO_32 = 2 ** 32;
const REGISTER_PAIRS = 16;

/** The kernel's debug console: on CantripOS the UART's transmitter. */
export type KernelConsole = Pick<ConsoleLine, "transmitNow" | "drain">;

/** The kernel's view of a machine: what a supervisor in machine code would do with instructions and CSRs. */
export class MachinePort implements KernelPort {
  readonly #machine: Machine;
  readonly #registerPairs: BigInt64Array;
  /** Upper halves of the registers on RV64. */
  readonly #highPairs: BigInt64Array | undefined;
  readonly #console: KernelConsole;
  #haltReason: string | undefined;

  constructor(machine: Machine, console: KernelConsole) {
    this.#machine = machine;
    const { buffer, byteOffset } = machine.registers;
    this.#registerPairs = new BigInt64Array(buffer, byteOffset, REGISTER_PAIRS);
    if (machine.xlen === 64) {
      const high = machine.registersHigh;
      this.#highPairs = new BigInt64Array(high.buffer, high.byteOffset, REGISTER_PAIRS);
    }
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
    copyPairs(this.#registerPairs, pairs, 0, 0);
    const { pc } = this.#machine;
    into[CONTEXT_PC] = pc;
    if (this.#highPairs === undefined) return;
    copyPairs(this.#highPairs, pairs, 0, CONTEXT_HIGH_PAIRS);
    into[CONTEXT_PC + CONTEXT_HIGH] = Math.floor(pc / TWO_32);
  }
  loadContext(from: Int32Array, pairs: BigInt64Array): void {
    copyPairs(pairs, this.#registerPairs, 0, 0);
    this.#machine.registers[0] = 0;
    // What a kernel writes into `sepc` has no lowest bit.
    if (this.#highPairs === undefined) {
      this.#machine.pc = ((from[CONTEXT_PC] ?? 0) & ~1) >>> 0;
      return;
    }
    copyPairs(pairs, this.#highPairs, CONTEXT_HIGH_PAIRS, 0);
    this.#machine.registersHigh[0] = 0;
    const pc = numberOf(from, CONTEXT_PC);
    this.#machine.pc = pc - (pc % 2);
  }
  waitForInterrupt(): void {
    this.#machine.waitForInterrupt();
  }
  setRootTable(rootPaddr: number, asid: number): void {
    if (this.#highPairs !== undefined) {
      const page = rootPaddr / PAGE_BYTES;
      const high = SATP_SV39_HIGH | (asid << SATP_ASID_SHIFT_HIGH) | Math.floor(page / TWO_32);
      this.#machine.setRootTable(page | 0, high);
      return;
    }
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
function copyPairs(from: BigInt64Array, to: BigInt64Array, source: number, target: number): void {
  to[target] = from[source] ?? 0n;
  to[target + 1] = from[source + 1] ?? 0n;
  to[target + 2] = from[source + 2] ?? 0n;
  to[target + 3] = from[source + 3] ?? 0n;
  to[target + 4] = from[source + 4] ?? 0n;
  to[target + 5] = from[source + 5] ?? 0n;
  to[target + 6] = from[source + 6] ?? 0n;
  to[target + 7] = from[source + 7] ?? 0n;
  to[target + 8] = from[source + 8] ?? 0n;
  to[target + 9] = from[source + 9] ?? 0n;
  to[target + 10] = from[source + 10] ?? 0n;
  to[target + 11] = from[source + 11] ?? 0n;
  to[target + 12] = from[source + 12] ?? 0n;
  to[target + 13] = from[source + 13] ?? 0n;
  to[target + 14] = from[source + 14] ?? 0n;
  to[target + 15] = from[source + 15] ?? 0n;
}
