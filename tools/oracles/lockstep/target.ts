import type { PlacedProgram } from "./program.ts";

/** A hart that is run step by step. */
export interface Target {
  /** Whether a step of a wait that ends at once is also one of the instruction behind it. */
  readonly stepsOverWait: boolean;
  /** Takes a program: memory, registers, and nothing that an earlier one left behind. */
  load(program: PlacedProgram): Promise<void>;
  /** Sets one of the compared registers, by its place; the privilege is not set. */
  write(index: number, low: number, high: number): Promise<void>;
  /** One instruction; or the trap that it takes. */
  step(): Promise<void>;
  /** Puts the values of all compared registers into `state`. */
  read(state: Int32Array): Promise<void>;
  /** Bytes of memory. */
  readMemory(address: number, length: number): Promise<Uint8Array>;
}
