import { readFileSync } from "node:fs";
import { Cause, fullHart, Machine } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { instructionsOf } from "../src/isa/table.ts";
import {
  HARNESS,
  harnessProgram,
  type InstructionCase,
  OUTCOMES,
  readResults,
} from "./instruction-harness.ts";

const MIB = 0x100000;

interface Vector {
  readonly name: string;
  readonly one: InstructionCase;
  readonly results: readonly bigint[];
}

/** What QEMU 7.2 did with each instruction; made by `scripts/make-instruction-vectors.ts`. */
function readVectors(xlen: 32 | 64): Vector[] {
  const text = readFileSync(new URL(`vectors/instructions-rv${xlen}.txt`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", word = "", before = "", inputs = "", results = ""] = line.split(",");
      const numbers = (list: string): bigint[] =>
        list.split(" ").map((item) => BigInt(`0x${item}`));
      const [a0 = 0n, a1 = 0n, fa0 = 0n, fa1 = 0n, fa2 = 0n, fcsr = 0n, data0 = 0n, data1 = 0n] =
        numbers(inputs);
      return {
        name,
        one: {
          word: parseInt(word, 16) | 0,
          ...(before === "" ? {} : { before: parseInt(before, 16) | 0 }),
          ...{ a0, a1, fa0, fa1, fa2, fcsr, data: [data0, data1] as const },
        },
        results: numbers(results),
      };
    });
}

describe.each([32, 64] as const)("RV%i", (xlen) => {
  const vectors = readVectors(xlen);

  test("every instruction has its vectors", () => {
    const rows = instructionsOf(xlen).map(({ name }) => name);
    const tested = new Set(vectors.map(({ name }) => name));
    // What is ours, QEMU does not have.
    expect(rows.filter((name) => !tested.has(name))).toEqual(xlen === 32 ? ["hosted"] : []);
  });

  test("every instruction does what it does on QEMU", () => {
    const cases = vectors.map(({ one }) => one);
    const machine = new Machine({
      platform: qemuVirt({ ramSize: 4 * MIB, hart: fullHart(xlen) }),
    });
    machine.copyToPhysical(HARNESS.base, harnessProgram(cases, xlen, false).bytes);
    expect(machine.run({ maxInstructions: 1000 * cases.length }).kind).toBe("halted");
    const bytes = machine.copyFromPhysical(HARNESS.results, cases.length * HARNESS.resultBytes);
    const ours = readResults(bytes, cases.length, xlen);
    const shown = (values: readonly bigint[]): string => {
      const isBreakpoint = values[OUTCOMES.indexOf("cause")] === BigInt(Cause.breakpoint + 1);
      return OUTCOMES.map((name, index) => {
        // The value of a breakpoint may be its address, as here, or 0, as on this QEMU.
        const value = isBreakpoint && name === "tval" ? 0n : (values[index] ?? 0n);
        return `${name}=${value.toString(16)}`;
      }).join(" ");
    };
    const different = vectors.flatMap(({ name, one, results }, index) => {
      const [theirs, own] = [shown(results), shown(ours[index] ?? [])];
      return theirs === own ? [] : [{ name, word: one.word >>> 0, theirs, own }];
    });
    expect(different).toEqual([]);
  });
});
