import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { sparrowPlatform } from "@cantrip/assembly/riscv";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { compareAnswers, programLines } from "../console-lines.ts";
import { printedOnModel } from "../kernels.ts";

const ELF = new URL("../programs/random-invocations.elf", import.meta.url);
/** SHA-256 of the lines that the program prints on the real kernel, AmbiML/sparrow-kernel af78898a. */
const REAL_KERNEL = "e992fff2b5111dacd1a5d69ede6c2f6268c899d939ec8bb3cc3605c6c4abea47";
const LINES = 4800;

describe("thousands of random invocations of every kind of capability", () => {
  const printed = printedOnModel({ config: cantrip, platform: sparrowPlatform }, readFileSync(ELF));
  const lines = programLines(printed);

  it("are answered by the kernel model as by the real kernel of the fork", () => {
    expect(lines.length).toBeGreaterThan(LINES);
    expect(lines.at(-1)).toBe("done");
    expect(createHash("sha256").update(lines.join("\n")).digest("hex")).toBe(REAL_KERNEL);
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
