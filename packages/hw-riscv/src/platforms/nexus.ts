import { Interrupt } from "../cause.ts";
import type { OpenTitanUartOptions } from "../devices/opentitan-uart.ts";
import { type HartDescription, RV32IMAC } from "../hart-description.ts";
import type { PlatformDescription } from "../platform.ts";
import { type SmcBoard, smcDevices, smcTree } from "./smc-devices.ts";

/** Choices that a platform leaves open. */
export interface NexusOptions {
  /**
   * Bytes of RAM; 64 MiB when absent, as in a debug build of CantripOS. A release build has 4 MiB, the last 512 KiB of which
   * hold the archive of built-in packages.
   */
  readonly ramSize?: number;
  /** Instructions in one tick of the 2.5 MHz time base; 4 when absent. */
  readonly instructionsPerTick?: number;
  /** How the UART's line behaves. */
  readonly uart?: Partial<OpenTitanUartOptions>;
}

const MIB = 0x100000;
const RAM_BASE = 0x50000000;
/** Of all peripherals. */
const CLOCK_HZ = 2_500_000;

/** Ibex has no `time` register: the kernel's machine-mode part reads the timer in its place. */
const IBEX: HartDescription = { ...RV32IMAC, hasTime: false };

const NEXUS: SmcBoard = {
  model: "google,nexus0",
  plic: { sources: 42, contexts: [Interrupt.supervisorExternal, Interrupt.machineExternal] },
  uart: { base: 0x54000000, clockHz: CLOCK_HZ },
  timerClockHz: CLOCK_HZ,
  kernelTimer: { base: 0x54010000 },
  timer0: { base: 0x54011000, interrupt: 38 },
};

/** Nexus, the second platform of CantripOS: an Ibex core with sparrow's devices at other addresses and clocks. */
export function nexus(options: NexusOptions = {}): PlatformDescription {
  return {
    name: "nexus",
    ram: { base: RAM_BASE, size: options.ramSize ?? 64 * MIB },
    hart: IBEX,
    instructionsPerTick: options.instructionsPerTick ?? 4,
    timebaseHz: CLOCK_HZ,
    resetPc: RAM_BASE,
    // The kernel's machine-mode part does not delegate illegal instructions, and knows no other than reads of `time`.
    hostedRefusalCause: 3,
    tree: smcTree(NEXUS),
    devices: smcDevices(NEXUS, options.uart),
  };
}
