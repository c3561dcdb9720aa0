// A device of one's own on the bus of the sparrow platform, and the component that drives it.
import process from "node:process";
import { bootSystem } from "@cantrip/assembly/riscv";
import { system, THERMOMETER } from "./system.ts";
import { thermometer } from "./thermometer.ts";

const running = bootSystem({
  system,
  devices: [thermometer(THERMOMETER.base, THERMOMETER.interrupt)],
  onConsole: (byte) => {
    process.stdout.write(Uint8Array.of(byte));
  },
});
running.run({ untilCycle: 2 * running.cyclesPerSecond });
