import type {
  DeviceDescription,
  HostedError,
  Machine,
  RunOptions,
  StopReason,
} from "@cantrip/hw-riscv";
import type { Kernel } from "@cantrip/sel4-kernel";
import { type BootImage, buildBootImage } from "../boot-image.ts";
import type { SystemDescription } from "../description.ts";
import { bootSel4 } from "./boot-sel4.ts";
import { createMachine } from "./create-machine.ts";

/** How to boot a system on the kernel model. */
export interface BootOptions {
  readonly system: SystemDescription;
  /** An image that was built already, of the same system. */
  readonly image?: BootImage;
  /** Bytes of RAM; 4 MiB when absent. */
  readonly ramBytes?: number;
  /** Contents of the flash with the built-in packages; empty when absent. */
  readonly flash?: Uint8Array;
  /** Receives every byte that the UART transmits. */
  readonly onConsole?: (byte: number) => void;
  /** Receives errors that hosted threads threw. */
  readonly onHostedError?: (error: HostedError) => void;
  /** Devices besides those of the platform. */
  readonly devices?: readonly DeviceDescription[];
  /** Leaves the UART's interrupt lines unconnected, for tests. */
  readonly cutUartInterrupts?: boolean;
}

/** A booted system: machine, kernel and image. */
export interface RunningSystem {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly image: BootImage;
  /** Why the kernel halted the machine; `undefined` while it runs. */
  readonly haltReason: string | undefined;
  /** Cycles of one virtual second. */
  readonly cyclesPerSecond: number;
  /** Types at the console: bytes reach the UART's receive FIFO at the line's speed. */
  type(text: string): void;
  /** Runs until something ends the run. */
  run(options?: RunOptions): StopReason;
}

/**
 * Builds the image, makes the machine and boots the kernel model with the root server.
 *
 * @throws AssemblyError with every mistake of the description, before anything boots
 */
export function bootSystem(options: BootOptions): RunningSystem {
  const image = options.image ?? buildBootImage(options.system);
  const { machine, console } = createMachine(options, image);
  const { kernel, port } = bootSel4(machine, options.system.kernel, image.initialTask, (byte) => {
    console.transmitNow(byte);
  });
  return {
    machine,
    kernel,
    image,
    get haltReason() {
      return port.haltReason;
    },
    cyclesPerSecond: machine.clock.cyclesPerSecond,
    type(text) {
      console.receive(text);
    },
    run: (runOptions = {}) => machine.run(runOptions),
  };
}
