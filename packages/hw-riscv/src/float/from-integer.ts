import { sumError } from "./error-terms.ts";
import { integerExact } from "./exact-arithmetic.ts";
import {
  type FloatContext,
  FloatFlag,
  RoundingMode,
  setDouble,
  singleBits,
} from "./float-context.ts";
import { BINARY32, BINARY64 } from "./float-format.ts";
import { isHalfway } from "./narrow.ts";

const TWO_32 = 2 ** 32;

/** A 32-bit integer, as a number of either sign, in single precision. */
export function integer32ToF32(context: FloatContext, value: number): number {
  return context.usesHost ? sumToF32(context, 0, value) : exactF32(context, BigInt(value));
}

/** A 32-bit integer, as a number of either sign, in double precision: exact. */
export function integer32ToF64(context: FloatContext, value: number): void {
  if (context.usesHost) setDouble(context, value);
  else integerExact(context, BINARY64, BigInt(value));
}

/**
 * A 64-bit integer in single precision.
 *
 * @param high - the high half: signed for a signed integer, and else unsigned
 */
export function integer64ToF32(context: FloatContext, low: number, high: number): number {
  return context.usesHost
    ? sumToF32(context, high * TWO_32, low >>> 0)
    : exactF32(context, integer64(low, high));
}

/**
 * A 64-bit integer in double precision.
 *
 * @param high - the high half: signed for a signed integer, and else unsigned
 */
export function integer64ToF64(context: FloatContext, low: number, high: number): void {
  const upper = high * TWO_32;
  const lower = low >>> 0;
  const sum = upper + lower;
  const error = sumError(upper, lower, sum);
  if (context.usesHost && (error === 0 || context.roundingMode === RoundingMode.RNE)) {
    if (error !== 0) context.flags |= FloatFlag.NX;
    setDouble(context, sum);
  } else integerExact(context, BINARY64, integer64(low, high));
}

/** An integer that is the sum of two doubles, in single precision. */
function sumToF32(context: FloatContext, upper: number, lower: number): number {
  const sum = upper + lower;
  const error = sumError(upper, lower, sum);
  const result = Math.fround(sum);
  if (error === 0 && result === sum) return singleBits(context, result);
  const isNear = context.roundingMode === RoundingMode.RNE;
  // What the sum lacks counts only where the sum itself lies halfway between two singles.
  if (isNear && (error === 0 || !isHalfway(context, sum))) {
    context.flags |= FloatFlag.NX;
    return singleBits(context, result);
  }
  return exactF32(context, BigInt(upper) + BigInt(lower));
}

function exactF32(context: FloatContext, value: bigint): number {
  integerExact(context, BINARY32, value);
  return context.resultLow;
}

function integer64(low: number, high: number): bigint {
  return (BigInt(high) << 32n) + BigInt(low >>> 0);
}
