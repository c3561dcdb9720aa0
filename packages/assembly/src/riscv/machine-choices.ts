import type { HostedEntry } from "@cantrip/hosted";
import type { DeviceDescription, HostedError } from "@cantrip/hw-riscv";
import type { BootImage } from "../boot-image.ts";
import type { SystemObserver } from "./system-observer.ts";
import type { DeviceChoices, SystemPlatform } from "./system-platform.ts";

/** What the machine under a system is made of. */
export interface MachineChoices extends Pick<DeviceChoices, "flash" | "securityCore"> {
  /** The machine, and what the kernel's build knows of it; sparrow when absent. */
  readonly platform?: SystemPlatform;
  /** Bytes of RAM; the platform's default when absent: 4 MiB on sparrow. */
  readonly ramBytes?: number;
  /** Receives every byte that the UART transmits. */
  readonly onConsole?: (byte: number) => void;
  /** Receives errors that hosted threads threw. */
  readonly onHostedError?: (error: HostedError) => void;
  /** Devices besides those of the platform, the ML core and the mailbox. */
  readonly devices?: readonly DeviceDescription[];
  /** Code of applications in TypeScript: `hostedApplications` of `@cantrip/sdk` makes it. */
  readonly applications?: readonly HostedEntry[];
  /** Watches the system from its boot on: see `@cantrip/assembly/trace`. */
  readonly observer?: SystemObserver;
  /** See {@link RealKernelChoices}: nothing here runs a kernel image. */
  readonly kernelImage?: undefined;
  /** Leaves the UART's interrupt lines unconnected, for tests. */
  readonly cutUartInterrupts?: boolean;
  /** Interrupt sources whose lines are left unconnected, for tests. */
  readonly cutInterrupts?: readonly number[];
}

/** What the machine under a system is made of that runs on a real kernel. */
export interface RealKernelChoices extends Omit<MachineChoices, "kernelImage" | "observer"> {
  /**
   * ELF file of a seL4 kernel that was built for the platform. The machine executes it, and the kernel model takes no part:
   * what looks into the model is not to be had.
   */
  readonly kernelImage: Uint8Array;
  /** An observer watches the kernel model. */
  readonly observer?: undefined;
}

/** What the machine has to know of the image that it boots. */
export type MachineImage = Pick<BootImage, "entries"> &
  Partial<Pick<BootImage, "securityCoreFiles">>;
