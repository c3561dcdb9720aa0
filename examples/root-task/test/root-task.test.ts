import { readFileSync } from "node:fs";
import { readInitialTask } from "@cantrip/assembly";
import { bootRootTask } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";

const elf = readFileSync(new URL("../root-task.elf", import.meta.url));

function run(file: Uint8Array): string {
  let printed = "";
  const system = bootRootTask({
    elf: file,
    kernel: cantrip,
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
  });
  expect(system.run({ maxInstructions: 10_000_000 })).toEqual({ kind: "idle" });
  return printed;
}

describe("an initial task in C", () => {
  it("prints through the kernel, reads the boot info and makes an object", () => {
    expect(run(elf)).toMatch(
      /^Hello from C!\nuntypeds \d+\nroot CNode bits 11\nretype 0\ncapability type 4\nretype again 8\n$/,
    );
  });

  it("is refused when it is not for this machine, or does not fit", () => {
    const wrongMachine = Uint8Array.from(elf);
    wrongMachine[18] = 40;
    expect(() => run(wrongMachine)).toThrow("ELF machine 40, not 243");
    const options = { elf, kernel: upstream, ramBytes: 0x28000 };
    expect(() => bootRootTask(options)).toThrow(/bytes of RAM cannot hold the kernel and/);
  });

  it("becomes one image from its first to its last page", () => {
    const { bytes, vaddr, entry } = readInitialTask(elf, cantrip.settings.userTop);
    expect([vaddr, entry, bytes.length % 4096]).toEqual([0x10000, 0x10000, 0]);
  });
});
