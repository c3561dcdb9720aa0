import { describe, expect, it } from "vitest";
import { FloatFlag, RoundingMode } from "../src/float/float-context.ts";
import { bitsOf, F32, F64, type Format, run } from "./float-support.ts";

const { NX, UF, OF } = FloatFlag;
const { RNE, RTZ, RDN, RUP, RMM } = RoundingMode;
const ULP = 2 ** -52;
/** The smallest normal single. */
const SMALLEST = 2 ** -126;

/** Both ways of computing, while NX is clear and while it is set. */
function expectBoth(
  name: string,
  operands: readonly bigint[],
  expected: { readonly bits: bigint; readonly flags: number },
  mode: RoundingMode = RNE,
): void {
  for (const usesHost of [true, false]) {
    for (const flags of [0, NX]) {
      const outcome = run(name, operands, { mode, flags, usesHost });
      expect(outcome).toEqual({ bits: expected.bits, flags: expected.flags | flags });
    }
  }
}

function bits(format: Format, ...values: readonly number[]): bigint[] {
  return values.map((value) => bitsOf(format, value));
}

describe("halfway between two integers", () => {
  it.each([
    [0.5, 0, 0, 0, 1, 1],
    [1.5, 2, 1, 1, 2, 2],
    [2.5, 2, 2, 2, 3, 3],
    [0.49999999999999994, 0, 0, 0, 1, 0],
    [-0.49999999999999994, 0, 0, -1, 0, 0],
    [-0.5, 0, 0, -1, 0, -1],
    [-1.5, -2, -1, -2, -1, -2],
    [-2.5, -2, -2, -3, -2, -3],
    [2147483646.5, 2147483646, 2147483646, 2147483646, 2147483647, 2147483647],
  ])("%d", (value, ...expected) => {
    for (const [index, mode] of [RNE, RTZ, RDN, RUP, RMM].entries()) {
      const integer = BigInt(expected[index] ?? 0);
      const outcome = (size: number): { bits: bigint; flags: number } => ({
        bits: BigInt.asUintN(size, integer),
        flags: NX,
      });
      expectBoth("f64_to_i32", bits(F64, value), outcome(32), mode);
      expectBoth("f64_to_i64", bits(F64, value), outcome(64), mode);
      if (Math.fround(value) === value)
        expectBoth("f32_to_i32", bits(F32, value), outcome(32), mode);
    }
  });

  it("saturates what is out of range only after rounding", () => {
    expectBoth("f64_to_i32", bits(F64, 2147483647.5), { bits: 0x7fffffffn, flags: FloatFlag.NV });
    expectBoth("f64_to_i32", bits(F64, 2147483647.5), { bits: 0x7fffffffn, flags: NX }, RTZ);
    expectBoth("f64_to_ui32", bits(F64, -0.5), { bits: 0n, flags: NX });
    expectBoth("f64_to_ui32", bits(F64, -0.5), { bits: 0n, flags: FloatFlag.NV }, RDN);
  });
});

describe("halfway between two numbers, but for a bit far below", () => {
  it("an integer of 64 bits in single precision", () => {
    const half = (1n << 62n) + (1n << 38n);
    const up = { bits: 0x5e800001n, flags: NX };
    const down = { bits: 0x5e800000n, flags: NX };
    expectBoth("i64_to_f32", [half], down);
    expectBoth("i64_to_f32", [half + 1n], up);
    expectBoth("ui64_to_f32", [half], down);
    expectBoth("ui64_to_f32", [half + 1n], up);
    const odd = half + (1n << 39n);
    expectBoth("i64_to_f32", [odd], { ...up, bits: 0x5e800002n });
    expectBoth("i64_to_f32", [odd - 1n], up);
  });

  it("a fused operation in single precision", () => {
    // The product is 2^-24 * (1 - 2^-46), less than half a unit, and lost in the double next to 1 + 2^-23.
    const operands = bits(F32, 1 + 2 ** -23, 2 ** -24 * (1 - 2 ** -23), 1 + 2 ** -23);
    expectBoth("f32_mulAdd", operands, { bits: 0x3f800001n, flags: NX });
  });

  it.each([1, 3, 5])("a fused operation in double precision, %d", (steps) => {
    // The product is 2^-53 - steps^2 * 2^-157: less than half a unit, which its double is.
    const a = 1 + steps * ULP;
    const b = 2 ** -53 * (1 - steps * ULP);
    const c = 1 + ULP;
    for (const sign of [1, -1]) {
      expectBoth("f64_mulAdd", bits(F64, a, sign * b, sign * c), {
        bits: bitsOf(F64, sign * c),
        flags: NX,
      });
      // More than half a unit below the next number.
      expectBoth("f64_mulAdd", bits(F64, -a, sign * b, sign * (c + ULP)), {
        bits: bitsOf(F64, sign * (c + ULP)),
        flags: NX,
      });
    }
  });
});

describe("tiny is what rounding leaves below the normal numbers if the exponent had no end", () => {
  const smallest = 0x00800000n;

  it.each([
    // Rounded to 24 bits this is the smallest normal number: not tiny.
    [SMALLEST * (1 - 2 ** -26), NX],
    [SMALLEST * (1 - 2 ** -25), NX],
    // This is below, though the units of subnormal numbers round it up.
    [SMALLEST * (1 - 2 ** -25 - 2 ** -27), NX | UF],
    [SMALLEST * (1 - 2 ** -24), NX | UF],
  ])("%d in single precision", (value, flags) => {
    expectBoth("f64_to_f32", bits(F64, value), { bits: smallest, flags });
    expectBoth("f64_to_f32", bits(F64, -value), { bits: smallest | 0x80000000n, flags });
  });

  it("after a fused operation", () => {
    const operands = bits(F32, -(2 ** -100), 2 ** -60, SMALLEST);
    expectBoth("f32_mulAdd", operands, { bits: smallest, flags: NX });
    expectBoth("f32_mulAdd", operands, { bits: smallest - 1n, flags: NX | UF }, RTZ);
    const wide = bits(F64, -(2 ** -600), 2 ** -500, 2 ** -1022);
    expectBoth("f64_mulAdd", wide, { bits: 1n << 52n, flags: NX });
    expectBoth("f64_mulAdd", wide, { bits: (1n << 52n) - 1n, flags: NX | UF }, RDN);
  });

  it("not what is exact", () => {
    expectBoth("f32_mul", bits(F32, SMALLEST, 0.5), { bits: smallest >> 1n, flags: 0 });
    expectBoth("f64_mul", bits(F64, 2 ** -1022, 0.5), { bits: 1n << 51n, flags: 0 });
  });
});

describe("overflow", () => {
  const greatest = 0x7f7fffffn;
  const infinity = 0x7f800000n;

  it("goes where the mode says", () => {
    const square = bits(F32, 2 ** 100, 2 ** 100);
    const negative = bits(F32, -(2 ** 100), 2 ** 100);
    const sign = 0x80000000n;
    const flags = OF | NX;
    for (const [mode, up, down] of [
      [RNE, infinity, infinity],
      [RTZ, greatest, greatest],
      [RDN, greatest, infinity],
      [RUP, infinity, greatest],
      [RMM, infinity, infinity],
    ] as const) {
      expectBoth("f32_mul", square, { bits: up, flags }, mode);
      expectBoth("f32_mul", negative, { bits: sign | down, flags }, mode);
    }
  });

  it("begins where rounding leaves the greatest number", () => {
    const greatestValue = 2 ** 128 - 2 ** 104;
    const below = bits(F64, greatestValue + 2 ** 103 - 2 ** 76);
    expectBoth("f64_to_f32", below, { bits: greatest, flags: NX });
    expectBoth("f64_to_f32", bits(F64, greatestValue + 2 ** 103), {
      bits: infinity,
      flags: OF | NX,
    });
    expectBoth("f64_add", bits(F64, Number.MAX_VALUE, 2 ** 969), {
      bits: bitsOf(F64, Number.MAX_VALUE),
      flags: NX,
    });
    expectBoth("f64_add", bits(F64, Number.MAX_VALUE, 2 ** 970), {
      bits: bitsOf(F64, Infinity),
      flags: OF | NX,
    });
  });
});
