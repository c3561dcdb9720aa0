import { convertExact } from "./exact-arithmetic.ts";
import {
  double,
  type FloatContext,
  FloatFlag,
  RoundingMode,
  setDouble,
  single,
  singleBits,
} from "./float-context.ts";
import { BINARY32, BINARY64 } from "./float-format.ts";
import { operandF32, operandF64 } from "./operand.ts";
import { isFiniteF32, isFiniteF64 } from "./special-values.ts";

/** The smallest normal single. */
const SMALLEST_NORMAL = 2 ** -126;

/** A single in double precision: exact, but for the bits of a NaN. */
export function f32ToF64(context: FloatContext, bits: number): void {
  if (context.usesHost && isFiniteF32(bits)) setDouble(context, single(context, bits));
  else convertExact(context, BINARY64, operandF32(bits));
}

/** A double in single precision. */
export function f64ToF32(context: FloatContext, low: number, high: number): number {
  if (context.usesHost && isFiniteF64(high)) {
    const value = double(context, low, high);
    const result = Math.fround(value);
    if (result === value) return singleBits(context, result);
    const magnitude = Math.abs(result);
    const isOrdinary = magnitude > SMALLEST_NORMAL && magnitude < Infinity;
    if (isOrdinary && context.roundingMode === RoundingMode.RNE) {
      context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  convertExact(context, BINARY32, operandF64(low, high));
  return context.resultLow;
}
