import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { Ns16550Register } from "@cantrip/hw-riscv/registers";
import type { SystemPlatform } from "./system-platform.ts";

const UART_BASE = 0x10000000;

/** QEMU's `virt` board as seL4's `qemu-riscv-virt` uses it: firmware in the first 2 MiB, the kernel behind it. */
export const qemuVirtPlatform: SystemPlatform = {
  name: "qemu-virt",
  defaultRamBytes: 128 * 1024 * 1024,
  board: (ramSize) => qemuVirt({ ramSize }),
  devices: () => [],
  uart: "uart0",
  uartSources: [10],
  prepareUart: () => undefined,
  putChar(machine, byte) {
    machine.writePhysical32(UART_BASE + Ns16550Register.DATA, byte);
  },
  firmwareBytes: 0x200000,
  // The image of the rv32 MCS debug kernel ends at 0x80224000.
  kernelImageBytes: 0x24000,
  // CLINT and PLIC.
  kernelDevices: [
    { base: 0x2000000, size: 0x10000 },
    { base: 0xc000000, size: 0x4000000 },
  ],
  maxIrq: 96,
};
