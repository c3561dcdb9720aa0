/**
 * What the kernel model needs of the machine below it. Physical addresses are unsigned numbers: of 32 bits, or on a
 * 64-bit machine exact ones.
 *
 * The kernel knows nothing of harts or devices: whoever models only a CSpace gives a port over a plain array.
 */
export interface KernelPort {
  /** Reads 32 aligned bits of physical memory, unsigned. */
  readWord(paddr: number): number;
  /** Writes 32 aligned bits of physical memory. */
  writeWord(paddr: number, value: number): void;
  /** Zeroes `bytes` bytes (a multiple of 4) of physical memory. */
  clearMemory(paddr: number, bytes: number): void;
  /** Copies bytes into physical memory, at boot. */
  copyToMemory(paddr: number, bytes: Uint8Array): void;
  /**
   * Copies the running context out of the hart: words 1..31 are `x1`..`x31`, word 32 is the pc. On a 64-bit machine these
   * are the lower halves; the upper ones are in the same order from word 34 (`CONTEXT_HIGH`) on.
   *
   * @param pairs - the same memory, words by two: copying those takes a third of the time
   */
  saveContext(into: Int32Array, pairs: BigInt64Array): void;
  /** Makes the context the running one; the thread resumes in user mode at word 32. Word 0 means nothing. */
  loadContext(from: Int32Array, pairs: BigInt64Array): void;
  /** No thread can run: the hart waits for an interrupt. */
  waitForInterrupt(): void;
  /** Sets `satp`: physical page number of the root table and ASID. */
  setRootTable(rootPaddr: number, asid: number): void;
  /** `sfence.vma` for everything. */
  fence(): void;
  /** Claims the highest pending interrupt of the controller; 0 when there is none. The kernel timer is not among them. */
  claimInterrupt(): number;
  /** Completes (acknowledges) a claimed interrupt. */
  completeInterrupt(irq: number): void;
  /** Masks or unmasks an interrupt line. */
  setInterruptMasked(irq: number, masked: boolean): void;
  /** Whether an interrupt (external or timer) is pending: asked at pre-emption points. */
  isInterruptPending(): boolean;
  /**
   * Puts the current time into word 0, in ticks of the platform's time base; exact up to 2^53. It is not returned, because
   * a large number would be an object on the heap, at every entry into the kernel.
   */
  readTime(into: Float64Array): void;
  /** Sets the kernel timer, in ticks. */
  setDeadline(ticks: number): void;
  /** Charges virtual time for kernel work, in instructions. */
  charge(instructions: number): void;
  /** Debug console of the kernel. */
  putChar(byte: number): void;
  /** Stops the machine: `seL4_DebugHalt` or an internal inconsistency. */
  halt(reason: string): void;
}

/** What the kernel needs to know of the platform at boot. */
export interface KernelPlatform {
  /** RAM that the kernel manages (`avail_p_regs`): what lies outside its window becomes a device untyped. */
  readonly ram: { readonly base: number; readonly size: number };
  /**
   * Physical memory that the kernel's image occupies, in `ram`, and how much of its beginning only the boot needs: it is
   * given away as untypeds. Of a real kernel's ELF file these are the symbols `_start`, `ki_end` and `ki_boot_end`.
   */
  readonly kernelImage: {
    readonly base: number;
    readonly size: number;
    /** Whole pages; 0: nothing is given away. */
    readonly bootBytes: number;
  };
  /**
   * Devices that the kernel maps for itself, in its pages of 4 MiB; in any order. Everything else that is not `ram` becomes
   * device untypeds.
   */
  readonly kernelDevices: readonly { readonly base: number; readonly size: number }[];
  /** Highest interrupt number; the kernel timer's own. Valid user interrupts are 1..maxIrq-1. */
  readonly maxIrq: number;
  /** Ticks of the time base per microsecond. */
  readonly ticksPerUs: number;
}
