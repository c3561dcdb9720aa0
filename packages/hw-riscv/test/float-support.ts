import fc from "fast-check";
import {
  pair,
  testedFunctions,
  type TestedFunction,
  word,
} from "../../../tools/oracles/testfloat-functions.ts";
import type { RoundingMode } from "../src/float/float-context.ts";
import { FloatUnit } from "../src/float/float-unit.ts";

/** Operations that TestFloat does not know. */
const otherFunctions: readonly TestedFunction[] = [
  word("f32_fmsub", 3, true, (unit, a, _, b, __, c) => unit.fmsubF32(a, b, c)),
  word("f32_fnmsub", 3, true, (unit, a, _, b, __, c) => unit.fnmsubF32(a, b, c)),
  word("f32_fnmadd", 3, true, (unit, a, _, b, __, c) => unit.fnmaddF32(a, b, c)),
  pair("f64_fmsub", 3, true, (unit, a, aHigh, b, bHigh, c, cHigh) => {
    unit.fmsubF64(a, aHigh, b, bHigh, c, cHigh);
  }),
  pair("f64_fnmsub", 3, true, (unit, a, aHigh, b, bHigh, c, cHigh) => {
    unit.fnmsubF64(a, aHigh, b, bHigh, c, cHigh);
  }),
  pair("f64_fnmadd", 3, true, (unit, a, aHigh, b, bHigh, c, cHigh) => {
    unit.fnmaddF64(a, aHigh, b, bHigh, c, cHigh);
  }),
  word("f32_min", 2, false, (unit, a, _, b) => unit.minF32(a, b)),
  word("f32_max", 2, false, (unit, a, _, b) => unit.maxF32(a, b)),
  word("f32_sgnj", 2, false, (unit, a, _, b) => unit.sgnjF32(a, b)),
  word("f32_sgnjn", 2, false, (unit, a, _, b) => unit.sgnjnF32(a, b)),
  word("f32_sgnjx", 2, false, (unit, a, _, b) => unit.sgnjxF32(a, b)),
  word("f32_class", 1, false, (unit, a) => unit.classF32(a)),
  pair("f64_min", 2, false, (unit, a, aHigh, b, bHigh) => {
    unit.minF64(a, aHigh, b, bHigh);
  }),
  pair("f64_max", 2, false, (unit, a, aHigh, b, bHigh) => {
    unit.maxF64(a, aHigh, b, bHigh);
  }),
  pair("f64_sgnj", 2, false, (unit, a, aHigh, _, bHigh) => {
    unit.sgnjF64(a, aHigh, bHigh);
  }),
  pair("f64_sgnjn", 2, false, (unit, a, aHigh, _, bHigh) => {
    unit.sgnjnF64(a, aHigh, bHigh);
  }),
  pair("f64_sgnjx", 2, false, (unit, a, aHigh, _, bHigh) => {
    unit.sgnjxF64(a, aHigh, bHigh);
  }),
  word("f64_class", 1, false, (unit, a, aHigh) => unit.classF64(a, aHigh)),
];

/** Every operation, by name. */
export const functions: ReadonlyMap<string, TestedFunction> = new Map(
  [...testedFunctions, ...otherFunctions].map((each) => [each.name, each]),
);

/** What an operation gives. */
export interface Outcome {
  readonly bits: bigint;
  readonly flags: number;
}

export interface Setting {
  readonly mode?: RoundingMode;
  /** Flags before the operation. */
  readonly flags?: number;
  readonly usesHost?: boolean;
}

/** Runs an operation on bits. */
export function run(name: string, operands: readonly bigint[], setting: Setting = {}): Outcome {
  const tested = functions.get(name);
  if (tested === undefined) throw new Error(`no operation ${name}`);
  const unit = new FloatUnit(setting.usesHost ?? true);
  unit.roundingMode = setting.mode ?? 0;
  unit.flags = setting.flags ?? 0;
  const words = operands.flatMap((bits) => [
    Number(BigInt.asIntN(32, bits)),
    Number(BigInt.asIntN(32, bits >> 32n)),
  ]);
  tested.compute(unit, Int32Array.from(words));
  const high = BigInt(unit.resultHigh >>> 0);
  return { bits: (high << 32n) | BigInt(unit.resultLow >>> 0), flags: unit.flags };
}

/** A format as these tests need it, independent of the code under test. */
export interface Format {
  readonly name: "f32" | "f64";
  readonly bits: number;
  readonly fractionBits: number;
  readonly nan: bigint;
}
export const F32: Format = { name: "f32", bits: 32, fractionBits: 23, nan: 0x7fc00000n };
export const F64: Format = { name: "f64", bits: 64, fractionBits: 52, nan: 0x7ff8000000000000n };
export const formats: readonly Format[] = [F32, F64];

/** The number behind bits. */
export function valueOf(format: Format, bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return format === F32 ? view.getFloat32(4) : view.getFloat64(0);
}

/** The bits of a number, rounded to nearest; of a NaN the canonical ones. */
export function bitsOf(format: Format, value: number): bigint {
  if (Number.isNaN(value)) return format.nan;
  const view = new DataView(new ArrayBuffer(8));
  if (format === F64) view.setFloat64(0, value);
  else view.setFloat32(4, value);
  return view.getBigUint64(0);
}

/** Whether bits are a NaN. */
export function isNan(format: Format, bits: bigint): boolean {
  return Number.isNaN(valueOf(format, bits));
}

/** The bits with the other sign. */
export function negated(format: Format, bits: bigint): bigint {
  return bits ^ (1n << BigInt(format.bits - 1));
}

/** Bits that make all sorts of data: any, those next to the ends of the range and round ones more often. */
export function anyBits(format: Format): fc.Arbitrary<bigint> {
  const { bits, fractionBits } = format;
  const fields = 2 ** (bits - 1 - fractionBits) - 1;
  const bias = (fields - 1) / 2;
  const around = (field: number): fc.Arbitrary<number> =>
    fc.integer({ min: Math.max(field - 3, 0), max: Math.min(field + 3, fields) });
  const near = fc.integer({ min: bias - fractionBits - 2, max: bias + fractionBits + 2 });
  const field = fc.oneof(
    { weight: 6, arbitrary: near },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: fields }) },
    { weight: 1, arbitrary: around(0) },
    { weight: 1, arbitrary: around(fields) },
  );
  const whole = fc.bigInt({ min: 0n, max: (1n << BigInt(fractionBits)) - 1n });
  const sparse = fc
    .array(fc.integer({ min: 0, max: fractionBits - 1 }), { maxLength: 3 })
    .map((ones) => ones.reduce((sum, one) => sum | (1n << BigInt(one)), 0n));
  const dense = sparse.map((ones) => (1n << BigInt(fractionBits)) - 1n - ones);
  const any = fc
    .tuple(fc.boolean(), field, fc.oneof(whole, sparse, dense))
    .map(
      ([isNegative, exponent, fraction]) =>
        (BigInt(isNegative) << BigInt(bits - 1)) |
        (BigInt(exponent) << BigInt(fractionBits)) |
        fraction,
    );
  const special = fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity);
  return fc.oneof(
    { weight: 9, arbitrary: any },
    { weight: 1, arbitrary: special.map((value) => bitsOf(format, value)) },
  );
}

/** Integers of so many bits, short ones as often as long ones. */
export function anyInteger(bits: number): fc.Arbitrary<bigint> {
  return fc
    .tuple(fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), fc.nat(bits - 1), fc.boolean())
    .map(([value, shift, flips]) => {
      const short = value >> BigInt(shift);
      return flips ? BigInt.asUintN(bits, -short) : short;
    });
}
