// An initial task in C on the kernel model, with nothing of CantripOS beside it: prints what it prints.
import { readFileSync } from "node:fs";
import process from "node:process";
import { bootRootTask } from "@cantrip/assembly/riscv";
import { cantrip } from "@cantrip/sel4-config";

const system = bootRootTask({
  elf: readFileSync(new URL("../root-task.elf", import.meta.url)),
  kernel: cantrip,
  onConsole: (byte) => {
    process.stdout.write(Uint8Array.of(byte));
  },
});
// The task suspends itself; when nothing can happen any more, it is done.
system.run();
