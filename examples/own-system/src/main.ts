// A system of one's own: a device, two components in TypeScript and one in C. Runs for three virtual seconds, on the kernel
// model or on a kernel of CantripOS: `pnpm start [KERNEL.elf]`.
import { readFileSync } from "node:fs";
import process from "node:process";
import { bootSystem } from "@cantrip/assembly/riscv";
import { gauge } from "./gauge.ts";
import { GAUGE, system } from "./system.ts";

const [kernel] = process.argv.slice(2);
const options = {
  system,
  devices: [gauge(GAUGE.base, GAUGE.interrupt)],
  onConsole: (byte: number): void => {
    process.stdout.write(Uint8Array.of(byte));
  },
};
const running =
  kernel === undefined
    ? bootSystem(options)
    : bootSystem({ ...options, kernelImage: readFileSync(kernel) });
running.run({ untilCycle: 3 * running.cyclesPerSecond });
