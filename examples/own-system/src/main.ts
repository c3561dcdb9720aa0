// A system of one's own: a device, two components in TypeScript and one in C. Runs for three virtual seconds.
import process from "node:process";
import { bootSystem } from "@cantrip/assembly/riscv";
import { gauge } from "./gauge.ts";
import { GAUGE, system } from "./system.ts";

const running = bootSystem({
  system,
  devices: [gauge(GAUGE.base, GAUGE.interrupt)],
  onConsole: (byte) => {
    process.stdout.write(Uint8Array.of(byte));
  },
});
running.run({ untilCycle: 3 * running.cyclesPerSecond });
