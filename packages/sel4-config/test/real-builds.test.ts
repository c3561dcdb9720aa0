/** Compares the built-in profiles with real kernel builds: see "kernel-builds" in docs/oracles.md. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cantrip, type KernelBuildPlatform, upstream, upstream64 } from "@cantrip/sel4-config";
import { readKernelBuild } from "@cantrip/sel4-config/node";
import { describe, expect, it } from "vitest";

const folder = join(process.env["CANTRIP_ORACLES"] ?? "", "kernel-builds");

/** What the platforms that we know have, from their device trees. */
const platforms: Readonly<Record<string, KernelBuildPlatform>> = {
  sparrow: {
    name: "sparrow",
    memory: [{ start: 0x28000000, end: 0x28400000 }],
    devices: [
      { start: 0, end: 0x28000000 },
      { start: 0x28400000, end: 0x60000000 },
      { start: 0x64000000, end: 0xfffff000 },
    ],
    maxIrq: 33,
    timerFrequencyHz: 24_000_000,
  },
  "qemu-riscv-virt": {
    name: "qemu-riscv-virt",
    memory: [{ start: 0x80200000, end: 0xffffffff }],
    devices: [
      { start: 0, end: 0x2000000 },
      { start: 0x2400000, end: 0xc000000 },
      { start: 0xc800000, end: 0x80200000 },
      { start: 0xffffffff, end: 2 ** 32 },
    ],
    maxIrq: 96,
    timerFrequencyHz: 10_000_000,
  },
  "qemu-riscv-virt, 64 bits": {
    name: "qemu-riscv-virt",
    memory: [{ start: 0x80200000, end: 0x140000000 }],
    devices: [
      { start: 0, end: 0x2000000 },
      { start: 0x2200000, end: 0xc000000 },
      { start: 0xc600000, end: 0x80200000 },
      { start: 0x140000000, end: 2 ** 39 },
    ],
    maxIrq: 96,
    timerFrequencyHz: 10_000_000,
  },
  spike: {
    name: "spike",
    memory: [{ start: 0x80200000, end: 0xfd000000 }],
    devices: [
      { start: 0, end: 0x2000000 },
      { start: 0x2400000, end: 0x80200000 },
      { start: 0xfd000000, end: 2 ** 32 },
    ],
    maxIrq: 1,
    timerFrequencyHz: 10_000_000,
  },
};

describe("real kernel builds", () => {
  for (const profile of [cantrip, upstream, upstream64]) {
    const own = join(folder, profile.name);
    const hasBuilds = process.env["CANTRIP_ORACLES"] !== undefined && existsSync(own);
    if (!hasBuilds) {
      it.skip(
        `${profile.name}: skipped, there is no $CANTRIP_ORACLES/kernel-builds/${profile.name}`,
      );
      continue;
    }
    it.each(readdirSync(own).sort())(`${profile.name} is what %s says`, (name) => {
      const build = readKernelBuild(join(own, name), { name: profile.name });
      expect(build.config).toStrictEqual(profile);
      expect(build.withoutName).toEqual([]);
      const platform = `${build.platform.name}${profile.wordBits === 64 ? ", 64 bits" : ""}`;
      expect(build.platform).toEqual(platforms[platform] ?? build.platform);
    });
  }
});
