import { formatF32, parseF32 } from "@cantrip/debug-console";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

describe("f32 as text", () => {
  it.each([
    [0.1 + 0.2, "0.3"],
    [3, "3"],
    [-0, "-0"],
    [16_777_217, "16777216"],
    [3.4028234663852886e38, `34028235${"0".repeat(31)}`],
    [1e-7, "0.0000001"],
    [Number.NaN, "NaN"],
    [-Infinity, "-inf"],
  ])("prints %d as Rust does", (value, text) => {
    expect(formatF32(Math.fround(value))).toBe(text);
  });

  it.each(["", "0x10", "1,5", "one", "--1", "1e", "."])("refuses %j", (text) => {
    expect(parseF32(text)).toBeUndefined();
  });

  it.each([
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["-2e3", -2000],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
  ])("reads %j", (text, value) => {
    expect(parseF32(text)).toBe(value);
  });

  it("reads back what it prints", () => {
    const report = new FuzzReport("f32 printed and read");
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 9, arbitrary: fc.float() },
          { weight: 1, arbitrary: fc.constantFrom(NaN, -Infinity, Infinity, -0) },
        ),
        (value) => {
          expect(parseF32(formatF32(value))).toBe(value);
          report.succeeded();
        },
      ),
      { numRuns: 300 },
    );
    report.finish();
  });

  it("reads any text as a number or not at all", () => {
    const report = new FuzzReport("f32 reader");
    const part = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
    const digits = fc.oneof(fc.nat(99).map(String), fc.constant(""));
    const number = fc.tuple(
      part("", "-", "+"),
      digits,
      part("", "."),
      digits,
      part("", "e3", "E-7"),
    );
    const text = fc.oneof(
      { weight: 6, arbitrary: number.map((parts) => parts.join("")) },
      { weight: 1, arbitrary: part("inf", "-Infinity", "+INF", "nan", "-NaN") },
      { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
    );
    fc.assert(
      fc.property(text, (each) => {
        const value = parseF32(each);
        if (value !== undefined && Number.isFinite(value))
          expect(value).toBe(Math.fround(Number.parseFloat(each)));
        if (value === undefined)
          expect(Number.isFinite(Number(each || "x")) && !/[xob\s]/i.test(each)).toBe(false);
        report.count(value === undefined ? "no number" : undefined);
      }),
      { numRuns: 500 },
    );
    report.finish();
  });
});
