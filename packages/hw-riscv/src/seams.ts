/** TypeScript in place of machine-mode firmware (an SBI). */
export interface Firmware {
  /**
   * Called instead of entering machine mode, with `machine.pc` at the trapping instruction.
   *
   * To complete an `ecall` it advances the pc by 4. Execution then continues at `machine.pc` in the mode that trapped.
   *
   * @param cause - exception code, or interrupt number with bit 31 set; unsigned
   * @param value - what `mtval` would hold, unsigned; on RV64 signed
   */
  trap(cause: number, value: number): void;
}

/** TypeScript in place of a supervisor: a kernel. */
export interface Supervisor {
  /**
   * Called instead of entering supervisor mode, with `machine.pc` at the trapping or interrupted instruction and
   * `machine.registers` live. Execution continues in user mode at `machine.pc`, or waits for an interrupt when
   * `machine.waitForInterrupt()` was called.
   *
   * @param cause - exception code, or interrupt number with bit 31 set; unsigned
   * @param value - what `stval` would hold, unsigned; on RV64 signed, and as near as a number comes
   * @param low - its lower half, signed
   * @param high - its upper half on RV64, signed
   */
  trap(cause: number, value: number, low: number, high: number): void;
}

/** What executes the `hosted` instruction; the pc is at the stub, and the unit sets the next one or traps. */
export interface HostedExecutor {
  /**
   * @param entry - immediate of the instruction
   * @param text - where the stub's page is, as an offset in the buffer of the memory
   */
  execute(entry: number, text: number): void;
}

/** What executes instructions from outside, and has registers from there. */
export interface ExternalExecutor {
  /** Executes the instruction of a number; leaves the next pc in the hart. */
  execute(operation: number, word: number, nextPc: number): void;
  /** A register's value: its lower half, the upper one in `hart.out`; `undefined` where it is refused, or none. */
  readCsr(number: number): number | undefined;
  /** `false` where the register refuses, or is none. */
  writeCsr(number: number, value: number, high: number): boolean;
}

/**
 * Watches a supervisor that the machine executes: a kernel image. It is called between instructions, after the change of
 * mode. One that only looks leaves the run as it is.
 */
export interface TrapWatcher {
  /** A trap entered supervisor mode: the registers are still those of whoever trapped, `sepc` is where. */
  entered(): void;
  /** `sret`: `machine.pc` and `machine.registers` are those of whoever goes on. */
  returned(): void;
}
