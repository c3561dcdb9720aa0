import { powerOfTwo } from "@cantrip/sel4-config";
import { highOf, type Tcb, wordOf } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** Where the 32-bit kernel sees physical memory (`PPTR_BASE`), and what its start is rounded down to. */
const PPTR_BASE = 0x80000000;
const MEGA_PAGE = 0x400000;
/** Upper half of the 64-bit kernel's `PPTR_BASE`, where it sees physical address 0. */
const PPTR_BASE_64_HIGH = 0xffffffc0;
const TWO_32 = 2 ** 32;

/** `%lx` of a number from 0 to 2^53, or a word of two halves. */
export function hex(value: number, high: number = Math.max(0, Math.floor(value / TWO_32))): string {
  const low = (value >>> 0).toString(16);
  return high === 0 ? low : (high >>> 0).toString(16) + low.padStart(8, "0");
}

/** `%p` of the kernel's printf: two digits a byte, as many as needed on the fork, and no prefix before zero. */
export function pointer(kernel: KernelState, value: number, high?: number): string {
  const digits = hex(value, high);
  if (/^0+$/.test(digits)) return kernel.config.cantripFork ? "0" : padded(kernel, "0");
  return `0x${kernel.config.cantripFork ? digits : padded(kernel, digits)}`;
}

function padded({ wordBytes }: KernelState, digits: string): string {
  return digits.padStart(2 * wordBytes, "0");
}

/** A word of a saved context as the kernel prints an address. */
export function contextPointer(kernel: KernelState, context: Int32Array, index: number): string {
  return pointer(kernel, wordOf(context, index), highOf(context, index));
}

/** A physical address as the kernel prints it: in its own window. */
export function kernelPointer(kernel: KernelState, paddr: number): string {
  if (kernel.is64) return pointer(kernel, paddr, PPTR_BASE_64_HIGH + Math.floor(paddr / TWO_32));
  const { base } = kernel.platform.ram;
  return pointer(kernel, (PPTR_BASE + paddr - (base - (base % MEGA_PAGE))) >>> 0);
}

/** A thread as the kernel prints it: the second half of its object, behind its capabilities. */
export function threadPointer(kernel: KernelState, tcb: Tcb): string {
  return kernelPointer(kernel, tcb.paddr + powerOfTwo(kernel.config.sizeBits.tcb - 1));
}
