import { print } from "./debug.ts";
import { CONTEXT_PC } from "./objects.ts";
import type { KernelState } from "./state.ts";

const INSTRUCTION_BYTES = 4;

/** A place in the C kernel's sources. */
export interface KernelPlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

/** The kernel meets what it says cannot happen, and stops (`fail`). */
export function fail(kernel: KernelState, { file, line, name }: KernelPlace, text: string): void {
  stop(kernel, `seL4 called fail at ${file}:${line} in function ${name}, saying "${text}"\n`);
}

/** An assertion of a debug kernel fails (`assert`): it stops. */
export function failAssertion(kernel: KernelState, place: KernelPlace, assertion: string): void {
  const { file, line, name } = place;
  stop(kernel, `seL4 failed assertion '${assertion}' at ${file}:${line} in function ${name}\n`);
}

/** The kernel's machine mode meets an exception that it has no answer to, and hangs (`machine_isr` of the fork). */
export function stopInMachineMode(kernel: KernelState, cause: number, value: number): void {
  const word = (number: number): string =>
    `0x${(number >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
  const pc = kernel.current.context[CONTEXT_PC] ?? 0;
  // It has gone on behind the instruction by then.
  print(
    kernel,
    `mcause ${word(cause)} mtval ${word(value)} mepc ${word(pc + INSTRUCTION_BYTES)}\n`,
  );
  print(kernel, "assertion failed: machine_isr unhandled mcause\n");
  kernel.isHalted = true;
  kernel.port.halt(`mcause ${word(cause)} in machine mode`);
}

function stop(kernel: KernelState, message: string): void {
  print(kernel, `${message}halting...`);
  kernel.isHalted = true;
  kernel.port.halt(message.trimEnd());
}
