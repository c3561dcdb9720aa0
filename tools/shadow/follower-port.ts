import type { KernelPort } from "@cantrip/sel4-kernel";
import type { Ram } from "./kernel-memory.ts";

const CONTEXT_PC = 32;

/** What happened to a kernel between an entry and the next exit, other than through memory. */
export interface KernelVisit {
  /** Times that were read, in ticks, each with whether an interrupt was pending then. */
  readonly times: TimeRead[];
  /** Interrupts that were claimed, 0 where there was none. */
  readonly claims: number[];
}

export interface TimeRead {
  readonly time: number;
  readonly isInterruptPending: boolean;
}

/**
 * The machine of a kernel model that follows somebody: it has memory of its own, and takes from a recorded visit what time it
 * is, which interrupt is claimed and whether one is pending.
 */
export class FollowerPort implements KernelPort {
  readonly registers = new Int32Array(32);
  pc = 0;
  /** Words that the kernel wrote since {@link begin}. */
  readonly written = new Set<number>();
  /** Ranges that it zeroed, first address and bytes. */
  readonly cleared: [paddr: number, bytes: number][] = [];
  readonly completed: number[] = [];
  /** What is masked, as far as the kernel has said so. */
  readonly masked = new Map<number, boolean>();
  deadline: number | undefined;
  isWaiting = false;
  /** What the kernel did that whom it follows did not do. */
  readonly complaints: string[] = [];
  haltReason: string | undefined;
  output = "";
  rootTable = 0;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #visit: KernelVisit = { times: [], claims: [] };
  #time: TimeRead = { time: 0, isInterruptPending: false };
  #claims = 0;
  #times = 0;

  constructor(ram: Ram) {
    this.#bytes = ram.bytes;
    this.#words = new Uint32Array(ram.bytes.buffer, ram.bytes.byteOffset, ram.bytes.length / 4);
    this.#base = ram.base;
  }

  /**
   * A visit begins.
   *
   * @param repeats - reads of the time that whoever is followed does not make: they show its first one
   */
  begin(visit: KernelVisit, repeats = 0): void {
    this.#visit = visit;
    this.#times = -repeats;
    this.#claims = 0;
    this.isWaiting = false;
    this.written.clear();
    this.cleared.length = 0;
    this.completed.length = 0;
    this.complaints.length = 0;
    this.deadline = undefined;
  }

  /** A visit is over: whoever is followed must not have done more. */
  end(): void {
    const { times, claims } = this.#visit;
    // A kernel's own fast path does without the time; one of this model's may have done without the rest.
    const isFast = times.length === 0 || this.#times <= 0;
    if (this.#times !== times.length && !isFast)
      this.complaints.push(`read the time ${this.#times} times, the kernel ${times.length}`);
    const real = claims.length;
    if (this.#claims !== real)
      this.complaints.push(`claimed ${this.#claims} interrupts, the kernel ${real}`);
  }

  /** Copies bytes of another memory at the same addresses. */
  copyFrom(other: Uint8Array, paddr: number, bytes: number): void {
    const start = paddr - this.#base;
    if (start < 0 || start + bytes > this.#bytes.length) return;
    this.#bytes.set(other.subarray(start, start + bytes), start);
  }

  readWord(paddr: number): number {
    const word = this.#words[(paddr - this.#base) >>> 2];
    if (word === undefined) throw new RangeError(`no RAM at 0x${paddr.toString(16)}`);
    return word;
  }
  writeWord(paddr: number, value: number): void {
    this.#words[(paddr - this.#base) >>> 2] = value;
    this.written.add(paddr);
  }
  clearMemory(paddr: number, bytes: number): void {
    const start = paddr - this.#base;
    this.#bytes.fill(0, start, start + bytes);
    this.cleared.push([paddr, bytes]);
  }
  copyToMemory(paddr: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, paddr - this.#base);
  }
  saveContext(into: Int32Array): void {
    into.set(this.registers);
    into[CONTEXT_PC] = this.pc;
  }
  loadContext(from: Int32Array): void {
    this.registers.set(from.subarray(0, 32));
    this.registers[0] = 0;
    // `sepc` has no lowest bit.
    this.pc = ((from[CONTEXT_PC] ?? 0) & ~1) >>> 0;
  }
  waitForInterrupt(): void {
    this.isWaiting = true;
  }
  setRootTable(rootPaddr: number): void {
    this.rootTable = rootPaddr;
  }
  fence(): void {
    // Memory is read as it is.
  }
  claimInterrupt(): number {
    return this.#visit.claims[this.#claims++] ?? 0;
  }
  completeInterrupt(irq: number): void {
    this.completed.push(irq);
  }
  setInterruptMasked(irq: number, masked: boolean): void {
    this.masked.set(irq, masked);
  }
  isInterruptPending(): boolean {
    return this.#time.isInterruptPending;
  }
  readTime(into: Float64Array): void {
    this.#time = this.#visit.times[Math.max(this.#times, 0)] ?? this.#time;
    this.#times++;
    into[0] = this.#time.time;
  }
  setDeadline(ticks: number): void {
    this.deadline = ticks;
  }
  charge(): void {
    // Time is what it was for whom this follows.
  }
  putChar(byte: number): void {
    this.output += String.fromCharCode(byte);
  }
  halt(reason: string): void {
    this.haltReason = reason;
  }
}
