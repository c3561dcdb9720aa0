import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";

/** Where a kernel's image is. */
export interface KernelPlace {
  readonly vaddr: number;
  readonly paddr: number;
}

/** CantripOS's kernel on sparrow. */
export const SPARROW_PLACE: KernelPlace = { vaddr: 0xff800000, paddr: 0x28000000 };
/** seL4's kernel on QEMU's virt board. */
export const QEMU_PLACE: KernelPlace = { vaddr: 0xffa00000, paddr: 0x80200000 };
/** Offset in the image at which the kernels of these tests leave words. */
export const RESULT_OFFSET = 0x800;
const IMAGE_BYTES = 0x1000;

/** The ELF file of a kernel. Its code begins at the image's first byte; `RESULT` in the source is where it leaves words. */
export function bareKernel(
  source: string,
  place: KernelPlace,
  changes: {
    readonly machine?: number;
    readonly memorySize?: number;
    readonly entry?: number;
  } = {},
): Uint8Array {
  const { vaddr, paddr } = place;
  const { machine = EM_RISCV, memorySize = IMAGE_BYTES, entry = vaddr } = changes;
  const { bytes } = assemble(source, { base: vaddr });
  const data = new Uint8Array(IMAGE_BYTES);
  data.set(bytes);
  const flags = { read: true, write: true, execute: true };
  return writeElf({
    ...{ machine, entry, flags: 1 },
    segments: [{ vaddr, paddr, data, memorySize, flags, align: 4096 }],
  });
}

/** Bytes of the request that {@link mailboxKernel} sends. */
export const REQUEST_BYTES = 1;
/** Where it has the page that it lends. */
export const LENT_PAGE = 0x28200000;

/**
 * Starts in machine mode, as CantripOS's kernel does: takes five words out of the mailbox, then lends a page to the security
 * core and takes its answer of two words. Prints a line on the UART at last.
 */
export const mailboxKernel: Uint8Array = bareKernel(
  `
    li s0, 0x540f1000
    li s1, ${SPARROW_PLACE.paddr + RESULT_OFFSET}
    li s2, 5
  boot:
    lw t0, 0x10(s0)
    sw t0, 0(s1)
    addi s1, s1, 4
    addi s2, s2, -1
    bnez s2, boot
    lw t0, 0x14(s0)
    sw t0, 0(s1)
    li t0, ${0x80000000 + REQUEST_BYTES}
    sw t0, 0x0c(s0)
    li t0, ${LENT_PAGE}
    sw t0, 0x0c(s0)
    li s2, 2
  answer:
    lw t0, 0x14(s0)
    andi t0, t0, 1
    bnez t0, answer
    lw t0, 0x10(s0)
    addi s1, s1, 4
    sw t0, 0(s1)
    addi s2, s2, -1
    bnez s2, answer
    li s0, 0x50000000
    li t0, 75
    sw t0, 0x1c(s0)
    li t0, 10
    sw t0, 0x1c(s0)
  rest:
    wfi
    j rest`,
  SPARROW_PLACE,
);

/** Starts in supervisor mode: keeps what the loader left in registers, prints through the SBI, and shuts down. */
export const supervisorKernel: Uint8Array = bareKernel(
  `
    li t0, ${QEMU_PLACE.vaddr + RESULT_OFFSET}
    sw a0, 0(t0)
    sw a1, 4(t0)
    sw a2, 8(t0)
    sw a3, 12(t0)
    sw a4, 16(t0)
    sw a5, 20(t0)
    csrr t1, satp
    sw t1, 24(t0)
    li a0, 75
    li a7, 1
    ecall
    li a0, 10
    li a7, 1
    ecall
    li a7, 8
    ecall`,
  QEMU_PLACE,
);
