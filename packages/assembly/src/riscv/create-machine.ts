import { springbok } from "@cantrip/hw-ml-accel";
import { type DeviceDescription, type HostedError, Machine } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { UartRegister, UartStatus } from "@cantrip/hw-riscv/registers";
import { securityCore, type SecurityCoreOptions } from "@cantrip/hw-security-core";
import type { BootImage } from "../boot-image.ts";
import type { SystemObserver } from "./system-observer.ts";

/** RAM of a release build of sparrow. */
const DEFAULT_RAM_BYTES = 4 * 1024 * 1024;
const UART = "uart0";
const UART_BASE = 0x50000000;
/** Interrupt sources of the UART. */
const UART_SOURCES: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
/** `(115200 << 20) / 48 MHz`, and the transmitter on; the driver turns the receiver on. */
const UART_CTRL = (Math.floor((115200 * 2 ** 20) / 48_000_000) << 16) | 1;
/** Instructions of one look at the status register. */
const POLL_INSTRUCTIONS = 20;
/** Cycles per character on the line: fast enough that a prompt does not wait for a serial line of the last century. */
const CYCLES_PER_CHARACTER = 100;

/** What the machine under a system is made of. */
export interface MachineChoices {
  /** Bytes of RAM; 4 MiB when absent. */
  readonly ramBytes?: number;
  /** Contents of the flash with the built-in packages; empty when absent. */
  readonly flash?: Uint8Array;
  /** Receives every byte that the UART transmits. */
  readonly onConsole?: (byte: number) => void;
  /** Receives errors that hosted threads threw. */
  readonly onHostedError?: (error: HostedError) => void;
  /**
   * The security core at the other end of the mailbox. It has the same flash contents, and the components' images where
   * the boot image leaves them to it; `false`: there is neither core nor mailbox.
   */
  readonly securityCore?: SecurityCoreOptions | false;
  /** Devices besides those of the platform, the ML core and the mailbox. */
  readonly devices?: readonly DeviceDescription[];
  /** Watches the system from its boot on: see `@cantrip/assembly/trace`. */
  readonly observer?: SystemObserver;
  /** Leaves the UART's interrupt lines unconnected, for tests. */
  readonly cutUartInterrupts?: boolean;
  /** Interrupt sources whose lines are left unconnected, for tests. */
  readonly cutInterrupts?: readonly number[];
}

/** The console's end of the UART. */
export interface ConsoleLine {
  /** The kernel's debug console: waits for room in the transmit FIFO. */
  transmitNow(byte: number): void;
  /** Puts text on the receive line. */
  receive(text: string): void;
}

/** What the machine has to know of the image that it boots. */
export type MachineImage = Pick<BootImage, "entries"> &
  Partial<Pick<BootImage, "securityCoreFiles">>;

/** Makes the machine that a boot image runs on. */
export function createMachine(
  choices: MachineChoices,
  image: MachineImage,
): { readonly machine: Machine; readonly console: ConsoleLine } {
  const platform = sparrow({
    ramSize: choices.ramBytes ?? DEFAULT_RAM_BYTES,
    uart: { cyclesPerCharacter: CYCLES_PER_CHARACTER },
  });
  const machine = new Machine({
    platform: {
      ...platform,
      devices: [
        ...platform.devices,
        ...springbok(),
        ...securityCores(choices, image),
        ...(choices.devices ?? []),
      ],
    },
    ramSize: choices.ramBytes ?? DEFAULT_RAM_BYTES,
    hostedEntries: image.entries,
    hostedStepCost: 50,
    ...(choices.flash === undefined ? {} : { flash: choices.flash }),
    ...(choices.onHostedError === undefined ? {} : { onHostedError: choices.onHostedError }),
    cutInterrupts: [
      ...(choices.cutInterrupts ?? []),
      ...(choices.cutUartInterrupts === true ? UART_SOURCES : []),
    ],
  });
  const uart = machine.serial(UART);
  uart.onTransmit = choices.onConsole ?? ((): void => undefined);
  machine.writePhysical32(UART_BASE + UartRegister.CTRL, UART_CTRL);
  return {
    machine,
    console: {
      transmitNow(byte) {
        while (
          (machine.readPhysical32(UART_BASE + UartRegister.STATUS) & UartStatus.TXFULL) !==
          0
        ) {
          machine.charge(POLL_INSTRUCTIONS);
        }
        machine.writePhysical32(UART_BASE + UartRegister.WDATA, byte);
      },
      receive(text) {
        machine.inject(
          UART,
          Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff),
        );
      },
    },
  };
}

function securityCores(
  { flash, securityCore: options = {} }: MachineChoices,
  { securityCoreFiles }: MachineImage,
): DeviceDescription[] {
  if (options === false) return [];
  return [
    securityCore({
      ...(flash === undefined ? {} : { flash }),
      ...(securityCoreFiles === undefined ? {} : { files: securityCoreFiles }),
      ...options,
    }),
  ];
}
