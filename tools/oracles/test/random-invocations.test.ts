import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { qemuVirtPlatform, sparrowPlatform } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { compareAnswers, programLines } from "../console-lines.ts";
import { printedOnModel } from "../kernels.ts";

/** SHA-256 of the lines that each program prints on the real kernel of its profile: see `docs/oracles.md`. */
const KERNELS = [
  {
    profile: cantrip,
    platform: sparrowPlatform,
    sha256: "0b8ee6df6b19173d4ff809690fb24b6431639e031067e3c49ccc40c85f4610ce",
  },
  {
    profile: upstream,
    platform: qemuVirtPlatform,
    sha256: "3a72ee2309be1084f1b52831c2cbdb710e32e39d2a9aa7e44ee5065a2bc5ac64",
  },
] as const;
const LINES = 5800;

describe.each(KERNELS)("thousands of random invocations: $profile.name", (kernel) => {
  const elf = new URL(`../programs/${kernel.profile.name}/random-invocations.elf`, import.meta.url);
  const printed = printedOnModel(
    { config: kernel.profile, platform: kernel.platform },
    readFileSync(elf),
  );
  const lines = programLines(printed);

  it("are answered by the kernel model as by the real kernel", () => {
    expect(lines.length).toBeGreaterThan(LINES);
    expect(lines.at(-1)).toBe("done");
    expect(createHash("sha256").update(lines.join("\n")).digest("hex")).toBe(kernel.sha256);
  });

  it("succeed in a good part of the cases", () => {
    const answers = lines.filter((line) => line.includes(": "));
    const succeeded = answers.filter((line) => /: 0 [0-9]{1,2}( |$)/.test(line));
    console.log(`random invocations: ${succeeded.length} of ${answers.length} succeed`);
    expect(succeeded.length / answers.length).toBeGreaterThan(0.3);
  });

  it("are compared line by line", () => {
    const changed = printed.replace(": 0 7000", ": 0 8000");
    expect(compareAnswers("random", printed, printed).outcome).toBe("passed");
    expect(compareAnswers("random", printed, changed)).toMatchObject({ outcome: "failed" });
    expect(compareAnswers("random", printed, `${printed}more\n`).detail).toContain("more");
  });
});
