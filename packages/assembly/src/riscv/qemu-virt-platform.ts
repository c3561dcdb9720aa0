import type { HartDescription } from "@cantrip/hw-riscv";
import { qemuVirt, qemuVirtDeviceTree } from "@cantrip/hw-riscv/platforms";
import { Ns16550Register } from "@cantrip/hw-riscv/registers";
import type { SystemPlatform } from "./system-platform.ts";

const UART_BASE = 0x10000000;
const FIRMWARE_BYTES = 0x200000;
/**
 * Size of the tree that seL4's build dumps from QEMU 7.2 and extends, with devices that are not here. Ours is filled up to
 * it, so that everything behind it is where the real kernel has it.
 */
const DEVICE_TREE_BYTES = 0x1191;
/** The same for `qemu-system-riscv64`. */
const DEVICE_TREE_BYTES_64 = 0x1145;
const RV64IMAC: HartDescription = {
  xlen: 64,
  extensions: ["m", "a", "c"],
  accessDirty: "fault",
};

const rv32: SystemPlatform = {
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
  kernelStart: "supervisor-mode",
  // This UART has no transmit FIFO.
  drainConsole: () => undefined,
  firmwareBytes: FIRMWARE_BYTES,
  // `ki_end` and `ki_boot_end` of the kernel that `docs/oracles.md` describes, from 0xffa00000.
  kernelImageBytes: 0x24000,
  kernelBootBytes: 0x3000,
  deviceTree: (ramSize) =>
    qemuVirtDeviceTree({
      ...{ ramSize, firmwareBytes: FIRMWARE_BYTES },
      leastBytes: DEVICE_TREE_BYTES,
    }),
  // CLINT and PLIC, in the kernel's pages of 4 MiB.
  kernelDevices: [
    { base: 0x2000000, size: 0x400000 },
    { base: 0xc000000, size: 0x800000 },
  ],
  maxIrq: 96,
};

/** What the 64-bit kernel that `docs/oracles.md` describes knows of the board; its own pages have 2 MiB. */
const rv64: SystemPlatform = {
  ...rv32,
  board: (ramSize) => qemuVirt({ ramSize, hart: RV64IMAC }),
  kernelImageBytes: 0x28000,
  deviceTree: (ramSize) =>
    qemuVirtDeviceTree({
      ...{ ramSize, firmwareBytes: FIRMWARE_BYTES, hart: RV64IMAC },
      leastBytes: DEVICE_TREE_BYTES_64,
    }),
  kernelDevices: [
    { base: 0x2000000, size: 0x200000 },
    { base: 0xc000000, size: 0x600000 },
  ],
};

/** QEMU's `virt` board as seL4's `qemu-riscv-virt` uses it: firmware in the first 2 MiB, the kernel behind it. */
export const qemuVirtPlatform: SystemPlatform = { ...rv32, rv64 };
