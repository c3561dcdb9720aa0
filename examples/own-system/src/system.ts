import { readFileSync } from "node:fs";
import type { ComponentType, SystemDescription } from "@cantrip/assembly";
import { cantrip } from "@cantrip/sel4-config";
import { averageInterface, samplesInterface } from "./interfaces.ts";
import { printer } from "./printer.ts";
import { sensor } from "./sensor.ts";

/** Where the gauge is. */
export const GAUGE = { base: 0x54200000, interrupt: 20 } as const;

/** The component in C: `c/filter.c`. */
const filter: ComponentType = {
  name: "Filter",
  provides: ["samples", "average"],
  interfaces: { samples: samplesInterface, average: averageInterface },
  image: readFileSync(new URL("../c/filter.elf", import.meta.url)),
};

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
    filter: { type: filter },
    printer: { type: printer },
  },
  connections: [
    {
      name: "registers",
      connector: "cantripMMIO",
      from: ["sensor.registers"],
      to: "gauge.registers",
    },
    { name: "ready", connector: "cantripIRQ", from: ["gauge.ready"], to: "sensor.ready" },
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
  ],
};
