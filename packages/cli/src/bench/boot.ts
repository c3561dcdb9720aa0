import { performance } from "node:perf_hooks";
import { buildBootImage, PROMPT } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem } from "@cantrip/assembly/riscv";
import { builtinApplications } from "../builtin-applications.ts";
import { makeFlash } from "../flash.ts";
import { type Measurement, median } from "./measurement.ts";

const ROUNDS = 9;

/** Milliseconds and system calls of each phase of a boot: medians of several boots in this process. */
export function benchBoot(): Measurement[] {
  const flash = makeFlash(builtinApplications());
  const description = sparrow();
  const phases: Record<string, number[]> = {
    "build image": [],
    "kernel and root server": [],
    services: [],
  };
  const syscalls: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    let printed = "";
    const began = performance.now();
    const image = buildBootImage(description);
    const built = performance.now();
    const system = bootSystem({
      system: description,
      image,
      flash,
      onConsole: (byte) => {
        printed += String.fromCharCode(byte);
      },
    });
    system.run({
      untilCycle: system.cyclesPerSecond,
      until: () => printed.includes("Rootserver untypeds"),
    });
    const instantiated = performance.now();
    syscalls["kernel and root server"] = system.kernel.syscalls;
    system.run({ untilCycle: 10 * system.cyclesPerSecond, until: () => printed.endsWith(PROMPT) });
    syscalls["services"] = system.kernel.syscalls - (syscalls["kernel and root server"] ?? 0);
    phases["build image"]?.push(built - began);
    phases["kernel and root server"]?.push(instantiated - built);
    phases["services"]?.push(performance.now() - instantiated);
  }
  return [
    ...Object.entries(phases).map(([name, times]) => ({
      name: `boot: ${name}`,
      ours: median(times),
      unit: "ms",
    })),
    ...Object.entries(syscalls).map(([name, count]) => ({
      name: `boot: ${name}`,
      ours: count,
      unit: "system calls",
    })),
  ];
}
