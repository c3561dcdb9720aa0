import { checkLoadable, EM_RISCV, readElf } from "@cantrip/elf";
import type { Machine } from "./machine.ts";

/**
 * Loads an executable for RISC-V, of the machine's width, into RAM, at its physical addresses.
 *
 * @returns the entry point, a virtual address of the program
 * @throws ElfError when the file is not such an executable
 * @throws RangeError when a segment does not lie in RAM
 */
export function loadElf(machine: Machine, image: Uint8Array): number {
  const elf = readElf(image);
  for (const segment of checkLoadable(elf, {
    machine: EM_RISCV,
    wordBits: machine.xlen,
  })) {
    machine.zeroPhysical(segment.paddr, segment.memorySize);
    machine.copyToPhysical(segment.paddr, segment.data);
  }
  return elf.entry;
}
