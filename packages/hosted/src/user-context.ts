import type { Task } from "./task.ts";

/**
 * What a hosted thread sees of its hart: registers and memory, with exactly the rights of the thread.
 *
 * Words are unsigned 32-bit numbers, little endian in memory. A load or store that the MMU refuses throws
 * {@link PageFault}; the code must not catch it (it becomes the thread's own fault). Device memory works too.
 */
export interface UserContext {
  /** Reads integer register `x0`..`x31` (0 for `x0`). */
  register(index: number): number;
  /**
   * Writes an integer register.
   *
   * @throws RangeError for `x0` and for `s11` (`x27`), which holds the coroutine's ticket
   */
  setRegister(index: number, value: number): void;
  load8(address: number): number;
  load16(address: number): number;
  load32(address: number): number;
  store8(address: number, value: number): void;
  store16(address: number, value: number): void;
  store32(address: number, value: number): void;
  /** Copies `target.length` bytes from memory at `address` into `target`. */
  copyIn(address: number, target: Uint8Array): void;
  /** Copies `source` to memory at `address`. */
  copyOut(address: number, source: Uint8Array): void;
  /** Sets `length` bytes at `address` to `value` (0..255). */
  fill(address: number, length: number, value: number): void;
  /** Makes every page of the range accessible, by faulting restartably where one is not. */
  touch(address: number, length: number, access?: "load" | "store"): Task<void>;
}

/** A plain load or store of a hosted thread was refused by the MMU or the bus. */
export class PageFault extends Error {
  override readonly name = "PageFault";
  /** RISC-V exception code: 5 or 7 for access faults, 13 or 15 for page faults. */
  readonly code: 5 | 7 | 13 | 15;
  /** Virtual address of the access. */
  readonly address: number;
  constructor(code: 5 | 7 | 13 | 15, address: number) {
    super(
      `${code === 5 || code === 13 ? "load" : "store"} of 0x${(address >>> 0).toString(16)} refused (cause ${String(code)})`,
    );
    this.code = code;
    this.address = address >>> 0;
  }
}
