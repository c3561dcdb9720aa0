import { APPLICATION_ENTRIES, type HostedEntry } from "@cantrip/hosted";
import { Machine } from "@cantrip/hw-riscv";
import type { MachineChoices, MachineImage } from "./machine-choices.ts";
import { sparrowPlatform } from "./sparrow-platform.ts";
import type { SystemPlatform } from "./system-platform.ts";

/** The console's end of the UART. */
export interface ConsoleLine {
  /** The kernel's debug console: waits for room in the transmit FIFO. */
  transmitNow(byte: number): void;
  /** Waits until all that was transmitted is on the line. */
  drain(): void;
  /** Puts text on the receive line. */
  receive(text: string): void;
}

/** A machine with its console. */
export interface CreatedMachine {
  readonly machine: Machine;
  readonly console: ConsoleLine;
  readonly platform: SystemPlatform;
}

/** Makes the machine that a boot image runs on. */
export function createMachine(
  choices: Omit<MachineChoices, "observer" | "kernelImage">,
  image: MachineImage,
): CreatedMachine {
  const platform = choices.platform ?? sparrowPlatform;
  const ramSize = choices.ramBytes ?? platform.defaultRamBytes;
  const board = platform.board(ramSize);
  const machine = new Machine({
    platform: {
      ...board,
      devices: [
        ...board.devices,
        ...platform.devices({ ...choices, ...image }),
        ...(choices.devices ?? []),
      ],
    },
    ramSize,
    hostedEntries: entriesOf(image, choices.applications ?? []),
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
      drain() {
        platform.drainConsole(machine);
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

/** The code of the image, and that of applications behind it. */
function entriesOf(
  image: MachineImage,
  applications: readonly HostedEntry[],
): readonly HostedEntry[] {
  if (applications.length === 0) return image.entries;
  const entries = [...image.entries];
  for (const [index, entry] of applications.entries()) entries[APPLICATION_ENTRIES + index] = entry;
  return entries;
}
