import { Interrupt } from "../cause.ts";
import { FlashMemory } from "../devices/flash-memory.ts";
import { OpenTitanUart, type OpenTitanUartOptions } from "../devices/opentitan-uart.ts";
import { Plic } from "../devices/plic.ts";
import { RvTimer } from "../devices/rv-timer.ts";
import type { PlatformDescription } from "../platform.ts";
import { PLIC_SIZE } from "../registers/plic.ts";
import { RV_TIMER_LAYOUT } from "../registers/rv-timer.ts";

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
const UART_CLOCK_HZ = 48_000_000;
const TIMER_CLOCK_HZ = 24_000_000;
const PLIC_SOURCES = 32;
const PLIC_MAX_PRIORITY = 7;

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
    devices: [
      {
        name: "plic",
        base: 0x60000000,
        size: PLIC_SIZE,
        create(environment) {
          const plic = new Plic({
            sources: PLIC_SOURCES,
            maxPriority: PLIC_MAX_PRIORITY,
            contexts: [
              environment.hartLine(Interrupt.machineExternal),
              environment.hartLine(Interrupt.supervisorExternal),
            ],
            supervisorContext: 1,
          });
          environment.setInterruptSink(plic);
          return plic;
        },
      },
      {
        name: "flash",
        base: 0x46000000,
        size: 16 * MIB,
        create: (environment) => new FlashMemory(environment.contents ?? new Uint8Array(0)),
      },
      {
        name: "uart0",
        base: 0x50000000,
        size: 0x1000,
        interrupts: [1, 2, 3, 4, 5, 6, 7, 8],
        create: (environment) =>
          new OpenTitanUart(environment.clock, environment.interrupts, {
            clockHz: UART_CLOCK_HZ,
            ...options.uart,
          }),
      },
      {
        name: "kernel-timer",
        base: 0x50010000,
        size: 0x1000,
        create(environment) {
          // Wired to the hart's supervisor timer interrupt, past the PLIC.
          const line = environment.hartLine(Interrupt.supervisorTimer);
          const timer = new RvTimer(environment.clock, line, TIMER_CLOCK_HZ, RV_TIMER_LAYOUT);
          environment.setTimeSource(() => timer.count);
          return timer;
        },
      },
      {
        name: "timer0",
        base: 0x50030000,
        size: 0x1000,
        interrupts: [31],
        create(environment) {
          const line = environment.interrupts[0] ?? { set: (): void => undefined };
          return new RvTimer(environment.clock, line, TIMER_CLOCK_HZ, RV_TIMER_LAYOUT);
        },
      },
    ],
  };
}
