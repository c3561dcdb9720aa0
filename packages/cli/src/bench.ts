import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildBootImage, PROMPT } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem } from "@cantrip/assembly/riscv";
import { builtinApplications } from "./builtin-applications.ts";
import { makeFlash } from "./flash.ts";

/** A line of a bench's result. */
interface Measurement {
  readonly name: string;
  readonly ours: number;
  readonly unit: string;
  readonly opsPerSecond?: number;
}

const ROUNDS = 9;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Milliseconds and system calls of each phase of a boot: medians of several boots in this process. */
function benchBoot(): Measurement[] {
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
if (positionals[0] === "boot") {
  const results = benchBoot();
  for (const { name, ours, unit } of results)
    process.stdout.write(`${name.padEnd(32)} ${ours.toFixed(1).padStart(10)} ${unit}\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
} else {
  process.stderr.write(`bench: ${positionals[0] ?? "a name is needed"}; known: boot\n`);
  process.exitCode = 2;
}
