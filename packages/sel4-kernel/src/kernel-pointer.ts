import type { Tcb } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** Where the kernel sees physical memory (`PPTR_BASE`), and what its start is rounded down to. */
const PPTR_BASE = 0x80000000;
const MEGA_PAGE = 0x400000;

/** `%lx` */
export function hex(value: number): string {
  return (value >>> 0).toString(16);
}

/** `%p` of the kernel's printf: eight digits, as many as needed on the fork, and no prefix before zero. */
export function pointer(kernel: KernelState, value: number): string {
  const digits = kernel.config.cantripFork ? hex(value) : hex(value).padStart(8, "0");
  return (value >>> 0 === 0 ? "" : "0x") + digits;
}

/** A physical address as the kernel prints it: in its own window. */
export function kernelPointer(kernel: KernelState, paddr: number): string {
  const { base } = kernel.platform.ram;
  return pointer(kernel, PPTR_BASE + paddr - (base - (base % MEGA_PAGE)));
}

/** A thread as the kernel prints it: the second half of its object, behind its capabilities. */
export function threadPointer(kernel: KernelState, tcb: Tcb): string {
  return kernelPointer(kernel, tcb.paddr + 2 ** (kernel.config.sizeBits.tcb - 1));
}
