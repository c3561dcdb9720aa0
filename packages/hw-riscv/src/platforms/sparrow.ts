import { Interrupt } from "../cause.ts";
import type { OpenTitanUartOptions } from "../devices/opentitan-uart.ts";
import type { PlatformDescription } from "../platform.ts";
import { type SmcBoard, smcDevices, smcTree } from "./smc-devices.ts";

/** Choices that a platform leaves open. */
export interface SparrowOptions {
  /** Bytes of RAM; 64 MiB when absent. */
  readonly ramSize?: number;
  /** Instructions in one tick of the 24 MHz time base; 4 when absent. */
  readonly instructionsPerTick?: number;
  /** How the UART's line behaves. */
  readonly uart?: Partial<OpenTitanUartOptions>;
}

const MIB = 0x100000;
const RAM_BASE = 0x28000000;
const TIMER_CLOCK_HZ = 24_000_000;

const SPARROW: SmcBoard = {
  model: "google,sparrow0",
  plic: { sources: 32, contexts: [Interrupt.machineExternal, Interrupt.supervisorExternal] },
  uart: { base: 0x50000000, clockHz: 48_000_000 },
  timerClockHz: TIMER_CLOCK_HZ,
  kernelTimer: { base: 0x50010000 },
  timer0: { base: 0x50030000, interrupt: 31 },
};

/** Sparrow, the platform that CantripOS was made for: the SMC core with its UART, timers, PLIC and flash. */
export function sparrow(options: SparrowOptions = {}): PlatformDescription {
  return {
    name: "sparrow",
    ram: { base: RAM_BASE, size: options.ramSize ?? 64 * MIB },
    instructionsPerTick: options.instructionsPerTick ?? 4,
    timebaseHz: TIMER_CLOCK_HZ,
    resetPc: RAM_BASE,
    // The kernel's machine-mode part does not delegate illegal instructions and hangs on them.
    hostedRefusalCause: 3,
    tree: smcTree(SPARROW),
    devices: smcDevices(SPARROW, options.uart),
  };
}
