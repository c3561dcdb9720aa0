import { formatF32, parseF32 } from "@cantrip/debug-console";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

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
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(parseF32(formatF32(value))).toBe(value);
      }),
    );
  });
});
