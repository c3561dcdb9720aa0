import { readFileSync } from "node:fs";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { afterAll, describe, expect, it } from "vitest";
import { cantrip, cantripHere, TestFolder } from "./run-cantrip.ts";

const folder = new TestFolder();
afterAll(() => {
  folder.remove();
});

/**
 * Starts as CantripOS's kernel, counts the words of the mailbox, prints a letter for each, and then whatever is typed, one
 * letter further in the alphabet.
 */
function kernelFile(): string {
  const { bytes: data } = assemble(`
      li s0, 0x540f1000
      li s1, 0x50000000
      li t0, 3
      li t1, 0x10000000
      or t0, t0, t1
      sw t0, 0x10(s1)
      li t2, 96
    words:
      addi t2, t2, 1
      lw t0, 0x10(s0)
      sw t2, 0x1c(s1)
      lw t0, 0x14(s0)
      andi t0, t0, 1
      beqz t0, words
      li t0, 10
      sw t0, 0x1c(s1)
    echo:
      lw t0, 0x14(s1)
      andi t0, t0, 32
      bnez t0, echo
      lw t0, 0x18(s1)
      addi t0, t0, 1
      sw t0, 0x1c(s1)
      j echo`);
  const flags = { read: true, write: false, execute: true };
  const elf = writeElf({
    ...{ machine: EM_RISCV, entry: 0xff800000, flags: 1 },
    segments: [{ vaddr: 0xff800000, paddr: 0x28000000, data, flags, align: 4096 }],
  });
  return folder.write("kernel.elf", elf);
}

describe("cantrip boot --kernel", { timeout: 60_000 }, () => {
  const kernel = kernelFile();

  it("executes it and says what only the machine knows", () => {
    const stats = folder.file("stats.json");
    const result = cantrip(
      ...["boot", "--kernel", kernel, "--prompt", "abcde\n", "--expect-text", "abcde\n"],
      ...["--stats", stats, "--timeout", "0.05"],
    );
    expect(result).toMatchObject({ status: 0, stdout: "abcde\n", stderr: "" });
    const figures = JSON.parse(readFileSync(stats, "utf8")) as Record<string, unknown>;
    expect(figures).toMatchObject({ kernelObjects: null, slots: null });
    expect(figures["memory"]).toMatchObject({ ramBytes: 4 * 1024 * 1024, peakUsedBytes: null });
    expect(figures["bootInstructions"]).toBeGreaterThan(30);
  });

  it("types at its console, records the run, and repeats it from the recording", () => {
    const script = folder.write("script.txt", "HAL\n");
    const recording = folder.file("run.rec");
    const result = cantrip(
      ...["boot", "--kernel", kernel, "--prompt", "abcde\n", "--script", script],
      ...["--record", recording, "--timeout", "0.05"],
    );
    // There is no second prompt.
    expect(result.status).toBe(42);
    expect(result.stdout).toMatch(/^abcde\nIBM/);
    const replayed = cantrip("replay", recording);
    expect(replayed).toMatchObject({ status: 0, stdout: result.stdout });
    expect(replayed.stderr).toMatch(/^cantrip: the same run: 1 inputs, \d+ instructions\n$/);
  });

  it("ends with 42 when the kernel does not do what was expected", () => {
    const result = cantrip(
      "boot",
      "--kernel",
      kernel,
      "--expect-text",
      "CANTRIP>",
      "--timeout",
      "0.1",
    );
    expect(result).toMatchObject({ status: 42, stdout: "abcde\n" });
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a file that is not there", ["--kernel", "no/such"], /^cantrip: --kernel: ENOENT.*\n$/],
    ["no ELF file", ["--kernel", "README.md"], /^cantrip: kernel image: .*\n$/],
    [
      "a kernel for another platform",
      [
        ...["--kernel", kernel, "--platform", "qemu-virt", "--profile", "upstream"],
        ...["--rootserver", "packages/cli/builtins/hello.elf"],
      ],
      /^cantrip: kernel image: it lies at 0x28000000 to .*; qemu-virt has RAM for it from 0x80200000 .*\n$/,
    ],
    [
      "RAM that cannot hold it",
      ["--kernel", kernel, "--ram", "64KiB"],
      /^cantrip: 65536 bytes of RAM cannot hold the kernel and an initial task of .*\n$/,
    ],
    ["--strace", ["--kernel", kernel, "--strace"], /^cantrip: --strace shows .* --kernel .*\n$/],
    [
      "--trace",
      ["--kernel", kernel, "--trace", "trace.json"],
      /^cantrip: --trace shows .* --kernel .*\n$/,
    ],
  ])("ends with 2 and one line on %s", async (_, args, line) => {
    const result = await cantripHere("boot", ...args);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toMatch(line);
  });
});
