import { sparrowPlatform } from "@cantrip/assembly/riscv";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { describe, expect, it } from "vitest";
import { compareSystems } from "../real-systems.ts";

/** A kernel that does nothing. */
function idleKernel(): Uint8Array {
  const { bytes: data } = assemble("rest: wfi\nj rest");
  const flags = { read: true, write: false, execute: true };
  return writeElf({
    ...{ machine: EM_RISCV, entry: 0xff800000, flags: 1 },
    segments: [{ vaddr: 0xff800000, paddr: 0x28000000, data, flags, align: 4096 }],
  });
}

describe("systems on a real kernel beside the model", () => {
  it("fail in every step on a kernel that boots nothing", () => {
    const results = [...compareSystems("idle", idleKernel(), sparrowPlatform)];
    const steps = results.filter(({ name }) => !name.endsWith("no thread crashes"));
    expect(steps.length).toBeGreaterThan(50);
    for (const { name, outcome, detail } of steps) {
      expect({ name, outcome }).toEqual({ name, outcome: "failed" });
      // It is the kernel that fails, not the model.
      expect(detail).toMatch(/^the kernel: no /);
    }
  });
});
