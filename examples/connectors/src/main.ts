// Connectors and what threads share: signals, dataports, pages of threads, a mutex, a semaphore. Runs for a virtual second.
import process from "node:process";
import { bootSystem } from "@cantrip/assembly/riscv";
import { system } from "./system.ts";

const running = bootSystem({
  system,
  onConsole: (byte) => {
    process.stdout.write(Uint8Array.of(byte));
  },
});
running.run({ untilCycle: running.cyclesPerSecond });
