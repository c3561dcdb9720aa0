import { Interrupt } from "../cause.ts";
import { Clint } from "../devices/clint.ts";
import { Ns16550 } from "../devices/ns16550.ts";
import { Plic } from "../devices/plic.ts";
import { TestFinisher } from "../devices/test-finisher.ts";
import type { PlatformDescription } from "../platform.ts";
import { PLIC_SIZE } from "../registers/plic.ts";

const MIB = 0x100000;
const RAM_BASE = 0x80000000;
const TIMEBASE_HZ = 10_000_000;
const PLIC_SOURCES = 95;
const PLIC_MAX_PRIORITY = 7;

/** Choices that a platform leaves open. */
export interface QemuVirtOptions {
  /** Bytes of RAM; 128 MiB when absent. */
  readonly ramSize?: number;
  /** Instructions in one tick of the 10 MHz time base; 10 when absent. */
  readonly instructionsPerTick?: number;
}

/** The part of QEMU's `virt` board that bare programs and seL4 use: 16550, CLINT, PLIC and test finisher. */
export function qemuVirt(options: QemuVirtOptions = {}): PlatformDescription {
  return {
    name: "qemu-virt",
    ram: { base: RAM_BASE, size: options.ramSize ?? 128 * MIB },
    instructionsPerTick: options.instructionsPerTick ?? 10,
    timebaseHz: TIMEBASE_HZ,
    resetPc: RAM_BASE,
    hostedRefusalCause: 2,
    devices: [
      {
        name: "plic",
        base: 0x0c000000,
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
        name: "test",
        base: 0x00100000,
        size: 0x1000,
        create: (environment) =>
          new TestFinisher((reason) => {
            environment.halt(reason);
          }),
      },
      {
        name: "clint",
        base: 0x02000000,
        size: 0x10000,
        create: (environment) =>
          new Clint(
            environment.clock,
            environment.hartLine(Interrupt.machineTimer),
            environment.hartLine(Interrupt.machineSoftware),
            TIMEBASE_HZ,
          ),
      },
      {
        name: "uart0",
        base: 0x10000000,
        size: 0x100,
        interrupts: [10],
        create: (environment) =>
          new Ns16550(environment.interrupts[0] ?? { set: (): void => undefined }),
      },
    ],
  };
}
