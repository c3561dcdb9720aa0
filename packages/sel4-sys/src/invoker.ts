import type { Task } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";

/** What invocations need of a thread's `SeL4`. */
export interface Invoker {
  readonly config: KernelConfig;
  invoke(
    name: string,
    cptr: number,
    label: number,
    words: readonly number[],
    caps: readonly number[],
  ): Task<void>;
  messageRegister(index: number): number;
}

/** Where a slot is: a CNode in the invoking thread's CSpace, and the slot's index resolved `depth` bits deep in it. */
export interface CPath {
  readonly root: number;
  readonly index: number;
  readonly depth: number;
}

/** Two words of a 64-bit time: low, then high. */
export function timeWords(time: number): [number, number] {
  return [time >>> 0, Math.floor(time / 2 ** 32)];
}
