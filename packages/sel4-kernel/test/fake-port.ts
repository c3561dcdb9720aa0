import type { KernelPort } from "@cantrip/sel4-kernel";

export const RAM_BASE = 0x28000000;
export const RAM_SIZE = 0x400000;

/** RAM, a hart's registers, an interrupt controller and a clock that only moves when a test moves it. */
export class FakePort implements KernelPort {
  readonly #ram = new Uint32Array(RAM_SIZE / 4);
  /** What the hart runs with, as the kernel saves it: `x1`..`x31` and, at 32, the pc; upper halves from 34 on. */
  readonly registers = new Int32Array(67);
  /** Lines that are raised and not yet claimed. */
  readonly raised = new Set<number>();
  readonly claimed = new Set<number>();
  readonly unmasked = new Set<number>();
  time = 1_000_000;
  /** Ticks that pass while the kernel reads the clock. */
  ticksPerReading = 0;
  deadline = Number.POSITIVE_INFINITY;
  isTimerPending = false;
  isWaiting = false;
  haltReason: string | undefined;
  output = "";
  charged = 0;
  rootTable = 0;

  readWord(paddr: number): number {
    return this.#ram[this.#index(paddr)] ?? 0;
  }
  writeWord(paddr: number, value: number): void {
    this.#ram[this.#index(paddr)] = value;
  }
  clearMemory(paddr: number, bytes: number): void {
    const first = this.#index(paddr);
    this.#ram.fill(0, first, first + bytes / 4);
  }
  copyToMemory(paddr: number, bytes: Uint8Array): void {
    new Uint8Array(this.#ram.buffer).set(bytes, paddr - RAM_BASE);
  }
  /** A kernel that touches anything but RAM is wrong: a machine would let it reach a device. */
  #index(paddr: number): number {
    const index = (paddr - RAM_BASE) / 4;
    // An address between two words has no element, and neither has one outside.
    if (this.#ram[index] === undefined) throw new Error(`no RAM at 0x${paddr.toString(16)}`);
    return index;
  }
  saveContext(into: Int32Array): void {
    into.set(this.registers);
  }
  loadContext(from: Int32Array): void {
    this.registers.set(from.subarray(0, 67));
    this.isWaiting = false;
  }
  waitForInterrupt(): void {
    this.isWaiting = true;
  }
  setRootTable(rootPaddr: number): void {
    this.rootTable = rootPaddr;
  }
  fence(): void {
    return;
  }
  claimInterrupt(): number {
    for (const irq of this.raised) {
      if (!this.unmasked.has(irq) || this.claimed.has(irq)) continue;
      this.raised.delete(irq);
      this.claimed.add(irq);
      return irq;
    }
    return 0;
  }
  completeInterrupt(irq: number): void {
    this.claimed.delete(irq);
  }
  setInterruptMasked(irq: number, masked: boolean): void {
    if (masked) this.unmasked.delete(irq);
    else this.unmasked.add(irq);
  }
  isInterruptPending(): boolean {
    return this.isTimerPending;
  }
  readTime(into: Float64Array): void {
    this.time += this.ticksPerReading;
    into[0] = this.time;
  }
  setDeadline(ticks: number): void {
    this.deadline = ticks;
  }
  charge(instructions: number): void {
    this.charged += instructions;
  }
  putChar(byte: number): void {
    this.output += String.fromCharCode(byte);
  }
  halt(reason: string): void {
    this.haltReason = reason;
  }
}
