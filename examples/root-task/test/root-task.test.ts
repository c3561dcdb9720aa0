import { readFileSync } from "node:fs";
import { readInitialTask } from "@cantrip/assembly";
import {
  bootRootTask,
  qemuVirtPlatform,
  type RootTaskOptions,
  sparrowPlatform,
} from "@cantrip/assembly/riscv";
import { createStrace } from "@cantrip/assembly/trace";
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

  it("can be watched", () => {
    const lines: string[] = [];
    const observer = createStrace({ write: (line) => lines.push(line.slice(13)) });
    bootRootTask({ elf, kernel: cantrip, observer }).run({ maxInstructions: 10_000_000 });
    const calls = lines.filter((line) => !line.includes("seL4_DebugPutChar"));
    expect(calls[0]).toMatch(
      /^rootserver seL4_Untyped_Retype\(\d+ untyped @0x\w+ 2\^\d+, type=seL4_EndpointObject, size_bits=0, root=2 cnode @0x\w+, node_index=0, node_depth=0, node_offset=\d+, num_objects=1\) = seL4_NoError$/,
    );
    expect(calls.slice(1)).toEqual([
      expect.stringMatching(/^rootserver seL4_DebugCapIdentify\(\d+ endpoint @0x\w+\)$/),
      expect.stringMatching(/^rootserver seL4_Untyped_Retype\(.* = seL4_DeleteFirst$/),
      expect.stringMatching(/^rootserver seL4_TCB_Suspend\(1 tcb rootserver\) = seL4_NoError$/),
    ]);
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

describe("the program that prints the boot info", () => {
  const programOf = (profile: string): Uint8Array =>
    readFileSync(new URL(`../${profile}/boot-info.elf`, import.meta.url));

  function bootInfo(options: Pick<RootTaskOptions, "kernel" | "platform">): string[] {
    let printed = "";
    const system = bootRootTask({
      ...options,
      elf: programOf(options.kernel.name),
      onConsole: (byte) => {
        printed += String.fromCharCode(byte);
      },
    });
    expect(system.run({ maxInstructions: 10_000_000 })).toEqual({ kind: "idle" });
    return printed.trimEnd().split("\n");
  }

  // As the real kernels print it: docs/oracles.md, `kernels`.
  it("shows on sparrow what CantripOS's kernel gives there", () => {
    const lines = bootInfo({ kernel: cantrip, platform: sparrowPlatform });
    expect(lines.filter((line) => line.startsWith("untyped 0x"))).toHaveLength(61);
    expect(lines).toEqual(
      expect.arrayContaining([
        ...["extraLen 0", "kernelReservedBytes 155648", "empty from 81"],
        ...["untyped 0x28000000 size bits 13", "untyped 0x283f0000 tainted size bits 15"],
        ...["untyped 0x64000000 device size bits 26", "slots 79 to 80 type 1", "done"],
      ]),
    );
  });

  it("shows on QEMU's virt board what upstream's kernel gives there, with a device tree", () => {
    const lines = bootInfo({ kernel: upstream, platform: qemuVirtPlatform });
    expect(lines.filter((line) => line.startsWith("untyped 0x"))).toHaveLength(49);
    expect(lines).toEqual(
      expect.arrayContaining([
        ...["extraLen 4505", "extraBIPages from 17", "extraBIPages to 19", "empty from 71"],
        ...["untyped 0x80000000 device size bits 21", "untyped 0x802251a0 size bits 5"],
        ...["extra id 6", "extra bytes 4505", "tree magic 3490578157", "tree bytes 4497"],
        ...["slots 22 to 70 type 2", "done"],
      ]),
    );
  });

  it("shows no device tree where the board has none to give", () => {
    const { deviceTree, ...board } = qemuVirtPlatform;
    expect(deviceTree).toBeDefined();
    const lines = bootInfo({ kernel: upstream, platform: board });
    expect(lines).toEqual(expect.arrayContaining(["extraLen 0", "extraBIPages to 0", "done"]));
    expect(lines.filter((line) => line.startsWith("tree "))).toEqual([]);
  });
});
