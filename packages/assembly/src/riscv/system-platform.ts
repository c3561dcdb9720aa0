import type { DeviceDescription, Machine, PlatformDescription } from "@cantrip/hw-riscv";
import type { SecurityCoreOptions } from "@cantrip/hw-security-core";
import type { BootImage } from "../boot-image.ts";

/** A range of physical addresses. */
export interface PhysicalRange {
  readonly base: number;
  readonly size: number;
}

/** What a platform's devices depend on. */
export interface DeviceChoices extends Partial<Pick<BootImage, "securityCoreFiles">> {
  /** Contents of the flash with the built-in packages; empty when absent. */
  readonly flash?: Uint8Array;
  /**
   * The security core at the other end of the mailbox. It has the same flash contents, and the components' images where
   * the boot image leaves them to it; `false`: there is neither core nor mailbox.
   */
  readonly securityCore?: SecurityCoreOptions | false;
}

/**
 * How a kernel image is started. In machine mode: at the reset address, as CantripOS's kernel, which asks the mailbox where
 * the security core's boot ROM has put the initial task. In supervisor mode: in its window of virtual addresses, above an
 * SBI, with what seL4's ELF loader leaves in the registers.
 */
export type KernelStart = "machine-mode" | "supervisor-mode";

/** A machine and what the kernel's build knows of it. */
export interface SystemPlatform {
  readonly name: string;
  /** Bytes of RAM when nobody says. */
  readonly defaultRamBytes: number;
  /** RAM, clocks and the board's own devices. */
  board(ramBytes: number): PlatformDescription;
  /** Devices beside the board's own. */
  devices(choices: DeviceChoices): readonly DeviceDescription[];
  /** Name of the UART that is the console. */
  readonly uart: string;
  /** Interrupt sources of that UART. */
  readonly uartSources: readonly number[];
  /** Does to the UART what firmware did before the kernel came. */
  prepareUart(machine: Machine): void;
  /** The kernel's debug console: puts a byte into the UART's transmit register, when there is room. */
  putChar(machine: Machine, byte: number): void;
  /** How a kernel image is started. */
  readonly kernelStart: KernelStart;
  /** Lets time pass until the transmit FIFO's bytes are on the line, unless nothing moves them. */
  drainConsole(machine: Machine): void;
  /** Bytes at the start of RAM that firmware keeps. */
  readonly firmwareBytes: number;
  /** Bytes that the kernel's image takes behind them, in whole pages. */
  readonly kernelImageBytes: number;
  /** Bytes at the image's beginning that only the boot needs, in whole pages: they become untypeds. */
  readonly kernelBootBytes: number;
  /**
   * The flattened device tree that the boot loader hands to the kernel, which hands it on to the initial task; none on a
   * board that starts the kernel without one.
   */
  readonly deviceTree?: (ramBytes: number) => Uint8Array;
  /** Devices that the kernel keeps for itself, in its pages of 4 MiB: nobody gets a capability to them. */
  readonly kernelDevices: readonly PhysicalRange[];
  /** Number of the kernel timer's interrupt, the last one: one more than the interrupt controller has. */
  readonly maxIrq: number;
  /** The same board with a 64-bit hart, and what a 64-bit kernel's build knows of it; absent where there is none. */
  readonly rv64?: SystemPlatform;
}

/**
 * A platform for a kernel of a word size.
 *
 * @throws RangeError when it has no such hart
 */
export function platformFor(platform: SystemPlatform, wordBits: 32 | 64): SystemPlatform {
  if (wordBits === 32) return platform;
  if (platform.rv64 === undefined)
    throw new RangeError(`${platform.name} has no 64-bit hart, and the kernel is one for 64 bits`);
  return platform.rv64;
}
