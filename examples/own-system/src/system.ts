import { readFileSync } from "node:fs";
import type { ComponentType, Connection, SystemDescription } from "@cantrip/assembly";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { averageInterface, samplesInterface } from "./interfaces.ts";
import { printer } from "./printer.ts";
import { pollingSensor, sensor } from "./sensor.ts";

/** Where the gauge is. */
export const GAUGE = { base: 0x54200000, interrupt: 20 } as const;

/** The component in C for a kernel profile: `c/filter.c`. */
function filterFor({ name }: KernelConfig): ComponentType {
  return {
    name: "Filter",
    provides: ["samples", "average"],
    mutexes: ["window"],
    interfaces: { samples: samplesInterface, average: averageInterface },
    image: readFileSync(new URL(`../c/${name}/filter.elf`, import.meta.url)),
  };
}

const connections: readonly Connection[] = [
  {
    name: "registers",
    connector: "cantripMMIO",
    from: ["sensor.registers"],
    to: "gauge.registers",
  },
  {
    name: "samples",
    connector: "cantripRPCCall",
    from: ["sensor.samples"],
    to: "filter.samples",
  },
  {
    name: "average",
    connector: "cantripRPCCallSignal",
    from: ["printer.average"],
    to: "filter.average",
  },
];

/** Gauge → sensor → filter → printer. No service of CantripOS is among them. */
export const system: SystemDescription = {
  name: "own-system",
  kernel: cantrip,
  platform: "sparrow",
  components: {
    gauge: {
      type: { name: "Gauge", hardware: true, dataports: ["registers"], emits: ["ready"] },
      memory: { registers: { paddr: GAUGE.base, size: 0x1000 } },
      interrupts: { ready: GAUGE.interrupt },
    },
    sensor: { type: sensor },
    filter: { type: filterFor(cantrip) },
    printer: { type: printer },
  },
  connections: [
    ...connections,
    { name: "ready", connector: "cantripIRQ", from: ["gauge.ready"], to: "sensor.ready" },
  ],
};

/**
 * The same for current seL4 on QEMU's virt board, where the sensor polls. seL4 for 32-bit RISC-V has no room in its address
 * space for that board's interrupt controller: the first capability to an interrupt that it makes ends it.
 */
export const qemuSystem: SystemDescription = {
  name: "own-system",
  kernel: upstream,
  platform: "qemu-virt",
  components: {
    gauge: {
      type: { name: "Gauge", hardware: true, dataports: ["registers"] },
      memory: { registers: { paddr: GAUGE.base, size: 0x1000 } },
    },
    sensor: { type: pollingSensor },
    filter: { type: filterFor(upstream) },
    printer: { type: printer },
  },
  connections,
};
