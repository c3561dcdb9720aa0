import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { CaseChecker, roundingOptions } from "../../../tools/oracles/testfloat-cases.ts";
import {
  testedFunctions,
  type TestedFunction,
} from "../../../tools/oracles/testfloat-functions.ts";
import { run } from "./float-support.ts";

const SIGN_F32 = 0x80000000n;
const SIGN_F64 = 0x8000000000000000n;
const SECTION = /^# (\w+)\n((?:[0-9A-F ]+\n)+)/gm;

function read(tested: TestedFunction): string {
  return readFileSync(new URL(`data/testfloat/${tested.name}.txt`, import.meta.url), "latin1");
}

/** Checks every section of a file: how many cases there are, and what differs. */
function check(tested: TestedFunction, text: string): { cases: number; differences: string[] } {
  const differences: string[] = [];
  let cases = 0;
  for (const [, option = "", lines = ""] of text.matchAll(SECTION)) {
    const mode = roundingOptions.find(([, name]) => name === option)?.[0];
    if (mode === undefined) throw new Error(`no rounding mode ${option}`);
    const checker = new CaseChecker(tested, mode);
    checker.take(new TextEncoder().encode(lines));
    cases += checker.cases;
    if (checker.difference !== undefined) differences.push(`${option}: ${checker.difference}`);
  }
  return { cases, differences };
}

describe("cases of Berkeley TestFloat", () => {
  it.each(testedFunctions)("$name", (tested) => {
    const { cases, differences } = check(tested, read(tested));
    expect(differences).toEqual([]);
    expect(cases).toBe((tested.rounds ? roundingOptions.length : 1) * 40);
  });

  it("are told apart by bits and by exceptions", () => {
    const [add] = testedFunctions;
    if (add === undefined) throw new Error("no function");
    const right = "# near_even\n3F800000 3F800000 40000000 00\n";
    expect(check(add, right)).toEqual({ cases: 1, differences: [] });
    expect(check(add, right.replace("40000000", "40000001")).differences).toHaveLength(1);
    expect(check(add, right.replace(" 00\n", " 01\n")).differences).toHaveLength(1);
    expect(check(add, right.replace(" 00\n", "\n")).differences).toHaveLength(1);
  });
});

describe("operations that TestFloat does not know", () => {
  const f32 = {
    one: 0x3f800000n,
    two: 0x40000000n,
    infinity: 0x7f800000n,
    quiet: 0x7fc12345n,
    signaling: 0x7f812345n,
    nan: 0x7fc00000n,
    sign: SIGN_F32,
    subnormal: 0x007fffffn,
    smallest: 0x00800000n,
  };
  const f64: typeof f32 = {
    one: 0x3ff0000000000000n,
    two: 0x4000000000000000n,
    infinity: 0x7ff0000000000000n,
    quiet: 0x7ff8000000012345n,
    signaling: 0x7ff0000000000001n,
    nan: 0x7ff8000000000000n,
    sign: SIGN_F64,
    subnormal: 0x000fffffffffffffn,
    smallest: 0x0010000000000000n,
  };

  describe.each([
    ["f32", f32],
    ["f64", f64],
  ] as const)("in %s", (name, data) => {
    const { one, two, infinity, quiet, signaling, nan, sign, subnormal, smallest } = data;

    it.each([
      [one, two, one, two, 0],
      [two, one, one, two, 0],
      [one, one, one, one, 0],
      [sign | one, sign | two, sign | two, sign | one, 0],
      [sign | one, one, sign | one, one, 0],
      [0n, sign, sign, 0n, 0],
      [sign, 0n, sign, 0n, 0],
      [sign | infinity, infinity, sign | infinity, infinity, 0],
      [quiet, one, one, one, 0],
      [one, quiet, one, one, 0],
      [signaling, one, one, one, 16],
      [one, signaling, one, one, 16],
      [quiet, quiet, nan, nan, 0],
      [quiet, signaling, nan, nan, 16],
      [subnormal, smallest, subnormal, smallest, 0],
    ])("least and greatest of %#", (a, b, least, greatest, flags) => {
      expect(run(`${name}_min`, [a, b])).toEqual({ bits: least, flags });
      expect(run(`${name}_max`, [a, b])).toEqual({ bits: greatest, flags });
    });

    it.each([
      [sign | infinity, 0],
      [sign | one, 1],
      [sign | smallest, 1],
      [sign | subnormal, 2],
      [sign | 1n, 2],
      [sign, 3],
      [0n, 4],
      [1n, 5],
      [subnormal, 5],
      [smallest, 6],
      [two, 6],
      [infinity, 7],
      [signaling, 8],
      [sign | signaling, 8],
      [quiet, 9],
      [sign | quiet, 9],
    ])("class of %#", (bits, bit) => {
      expect(run(`${name}_class`, [bits])).toEqual({ bits: 1n << BigInt(bit), flags: 0 });
    });

    it.each([one, quiet, signaling, 0n, subnormal])("signs of %#", (bits) => {
      for (const a of [bits, bits | sign]) {
        const exact = (result: bigint): object => ({ bits: result, flags: 0 });
        expect(run(`${name}_sgnj`, [a, two])).toEqual(exact(bits));
        expect(run(`${name}_sgnj`, [a, sign | two])).toEqual(exact(bits | sign));
        expect(run(`${name}_sgnjn`, [a, two])).toEqual(exact(bits | sign));
        expect(run(`${name}_sgnjn`, [a, sign | two])).toEqual(exact(bits));
        expect(run(`${name}_sgnjx`, [a, two])).toEqual(exact(a));
        expect(run(`${name}_sgnjx`, [a, sign | two])).toEqual(exact(a ^ sign));
      }
    });

    test("fused operations with their signs", () => {
      // 1 * 2 and 1.
      expect(run(`${name}_fmsub`, [one, two, one])).toEqual({ bits: one, flags: 0 });
      expect(run(`${name}_fnmsub`, [one, two, one])).toEqual({ bits: sign | one, flags: 0 });
      expect(run(`${name}_fnmadd`, [one, one, one])).toEqual({ bits: sign | two, flags: 0 });
      // Infinity times 0 is invalid even with a quiet NaN.
      expect(run(`${name}_fmsub`, [infinity, 0n, quiet])).toEqual({ bits: nan, flags: 16 });
    });
  });
});
