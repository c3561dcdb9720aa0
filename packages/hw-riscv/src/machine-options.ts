import type { HostedEntry } from "@cantrip/hosted";
import type { HostedError } from "./hosted-unit.ts";
import type { IsaExtension } from "./isa-extension.ts";
import type { PlatformDescription } from "./platform.ts";

/** How to make a machine. */
export interface MachineOptions {
  readonly platform: PlatformDescription;
  /** Bytes of RAM, whole pages; the platform's when absent. */
  readonly ramSize?: number;
  /** Contents of devices by their name: flash. */
  readonly contents?: Readonly<Record<string, Uint8Array>>;
  /** Contents of the device `flash`, for short. */
  readonly flash?: Uint8Array;
  /** Code that `hosted n` can name; n is the index. */
  readonly hostedEntries?: readonly HostedEntry[];
  /** Instructions that every hosted step costs beside itself and the words it moves; 0 when absent. */
  readonly hostedStepCost?: number;
  /** Instructions and control and status registers beside the hart's own. */
  readonly isaExtensions?: readonly IsaExtension[];
  /** Seed of the nonces of hosted instances; 1 when absent. */
  readonly seed?: number;
  /** Told of every hosted thread that threw, returned, faulted or was refused. */
  readonly onHostedError?: (error: HostedError) => void;
  /** Interrupt sources that are left unconnected. */
  readonly cutInterrupts?: readonly number[];
}

/** When a run ends. */
export interface RunOptions {
  /** Instructions (retired and charged) of this run, at least 0. */
  readonly maxInstructions?: number;
  /** Virtual time, in cycles since the machine was made, at which the run ends. */
  readonly untilCycle?: number;
  /** Whether a wait for what can never happen ends the run though `untilCycle` would; then it ends with `idle`. */
  readonly stopsWhenIdle?: boolean;
  /** Asked between slices (at events, and at least every 100,000 cycles). */
  readonly until?: () => boolean;
  /** Looks at every instruction. The run is many times slower with one. */
  readonly observer?: StepObserver;
}

/** What looks at every instruction that is issued. Interrupts are taken between its calls. */
export interface StepObserver {
  /** The instruction at `machine.pc` is next. */
  before(): void;
  /** @param isRetired - whether it is done; otherwise it trapped */
  after(isRetired: boolean): void;
}

/** Why a run ended. */
export type StopReason =
  /** The guest or a seam halted the machine; it does not run again. */
  | { readonly kind: "halted"; readonly reason: string }
  /** `maxInstructions` or `untilCycle` is reached. */
  | { readonly kind: "budget" }
  /** Everything waits, no event is planned and no input pending: nothing can ever happen. */
  | { readonly kind: "idle" }
  /** `stop` was called, or `until` said so. */
  | { readonly kind: "stopped" };
