import { type DeviceDescription, type HostedError, Machine } from "@cantrip/hw-riscv";
import type { SecurityCoreOptions } from "@cantrip/hw-security-core";
import type { BootImage } from "../boot-image.ts";
import { sparrowPlatform } from "./sparrow-platform.ts";
import type { SystemObserver } from "./system-observer.ts";
import type { SystemPlatform } from "./system-platform.ts";

/** What the machine under a system is made of. */
export interface MachineChoices {
  /** The machine, and what the kernel's build knows of it; sparrow when absent. */
  readonly platform?: SystemPlatform;
  /** Bytes of RAM; the platform's default when absent: 4 MiB on sparrow. */
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

/** A machine with its console. */
export interface CreatedMachine {
  readonly machine: Machine;
  readonly console: ConsoleLine;
  readonly platform: SystemPlatform;
}

/** Makes the machine that a boot image runs on. */
export function createMachine(choices: MachineChoices, image: MachineImage): CreatedMachine {
  const platform = choices.platform ?? sparrowPlatform;
  const ramSize = choices.ramBytes ?? platform.defaultRamBytes;
  const board = platform.board(ramSize);
  const machine = new Machine({
    platform: {
      ...board,
      devices: [...board.devices, ...platform.devices(choices, image), ...(choices.devices ?? [])],
    },
    ramSize,
    hostedEntries: image.entries,
    hostedStepCost: 50,
    ...(choices.flash === undefined ? {} : { flash: choices.flash }),
    ...(choices.onHostedError === undefined ? {} : { onHostedError: choices.onHostedError }),
    cutInterrupts: [
      ...(choices.cutInterrupts ?? []),
      ...(choices.cutUartInterrupts === true ? platform.uartSources : []),
    ],
  });
  machine.serial(platform.uart).onTransmit = choices.onConsole ?? ((): void => undefined);
  platform.prepareUart(machine);
  return {
    machine,
    platform,
    console: {
      transmitNow(byte) {
        platform.putChar(machine, byte);
      },
      receive(text) {
        machine.inject(
          platform.uart,
          Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff),
        );
      },
    },
  };
}
