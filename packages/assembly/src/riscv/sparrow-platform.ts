import { springbok } from "@cantrip/hw-ml-accel";
import type { DeviceDescription } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { UART_FIFO_DEPTH, UartRegister, UartStatus } from "@cantrip/hw-riscv/registers";
import { securityCore } from "@cantrip/hw-security-core";
import type { DeviceChoices, SystemPlatform } from "./system-platform.ts";

const UART_BASE = 0x50000000;
/** `(115200 << 20) / 48 MHz`, and the transmitter on; the driver turns the receiver on. */
const UART_CTRL = (Math.floor((115200 * 2 ** 20) / 48_000_000) << 16) | 1;
/** Instructions of one look at the status register. */
const POLL_INSTRUCTIONS = 20;
/** Cycles per character on the line: fast enough that a prompt does not wait for a serial line of the last century. */
const CYCLES_PER_CHARACTER = 100;

/** CantripOS's platform, with the ML core and the security core. RAM as in a release build. */
export const sparrowPlatform: SystemPlatform = {
  name: "sparrow",
  defaultRamBytes: 4 * 1024 * 1024,
  board: (ramSize) => sparrow({ ramSize, uart: { cyclesPerCharacter: CYCLES_PER_CHARACTER } }),
  devices: (choices) => [...springbok(), ...securityCores(choices)],
  uart: "uart0",
  uartSources: [1, 2, 3, 4, 5, 6, 7, 8],
  prepareUart(machine) {
    machine.writePhysical32(UART_BASE + UartRegister.CTRL, UART_CTRL);
  },
  putChar(machine, byte) {
    const status = UART_BASE + UartRegister.STATUS;
    while ((machine.readPhysical32(status) & UartStatus.TXFULL) !== 0)
      machine.charge(POLL_INSTRUCTIONS);
    machine.writePhysical32(UART_BASE + UartRegister.WDATA, byte);
  },
  kernelStart: "machine-mode",
  drainConsole(machine) {
    const status = UART_BASE + UartRegister.STATUS;
    // The FIFO, and the character in the shifter. Longer takes only a transmitter that somebody has turned off.
    const end = machine.cycles + (UART_FIFO_DEPTH + 1) * CYCLES_PER_CHARACTER;
    while ((machine.readPhysical32(status) & UartStatus.TXIDLE) === 0 && machine.cycles <= end)
      machine.charge(POLL_INSTRUCTIONS);
  },
  firmwareBytes: 0,
  // `ki_end` and `ki_boot_end` of the kernel that `docs/oracles.md` describes, from 0xff800000.
  kernelImageBytes: 0x29000,
  kernelBootBytes: 0x3000,
  // The interrupt controller, as the kernel maps it: not all of it. Its timer it leaves to whoever asks.
  kernelDevices: [{ base: 0x60000000, size: 0x4000000 }],
  maxIrq: 33,
};

function securityCores({
  flash,
  securityCore: options = {},
  securityCoreFiles,
}: DeviceChoices): DeviceDescription[] {
  if (options === false) return [];
  return [
    securityCore({
      ...(flash === undefined ? {} : { flash }),
      ...(securityCoreFiles === undefined ? {} : { files: securityCoreFiles }),
      ...options,
    }),
  ];
}
