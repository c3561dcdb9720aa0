import { PLIC_SIZE } from "../registers/plic.ts";

/** First address of RAM. */
export const QEMU_VIRT_RAM_BASE = 0x80000000;
/** Ticks of the time base in a second. */
export const QEMU_VIRT_TIMEBASE_HZ = 10_000_000;

/** Addresses and interrupts of the devices (QEMU 7.2, `hw/riscv/virt.c`). */
export const QemuVirtDevice: {
  readonly plic: { readonly base: number; readonly size: number; readonly sources: number };
  readonly test: { readonly base: number; readonly size: number };
  readonly clint: { readonly base: number; readonly size: number };
  readonly uart0: { readonly base: number; readonly size: number; readonly interrupt: number };
} = {
  plic: { base: 0x0c000000, size: PLIC_SIZE, sources: 95 },
  test: { base: 0x00100000, size: 0x1000 },
  clint: { base: 0x02000000, size: 0x10000 },
  uart0: { base: 0x10000000, size: 0x100, interrupt: 10 },
};
