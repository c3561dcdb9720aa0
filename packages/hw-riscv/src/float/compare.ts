import {
  CANONICAL_NAN_F32,
  CANONICAL_NAN_F64_HIGH,
  double,
  type FloatContext,
  FloatFlag,
  setResult,
  single,
} from "./float-context.ts";
import { isNanF32, isNanF64, isSignalingF32, isSignalingF64 } from "./special-values.ts";

/** 1 when `a` equals `b`; quiet: only a signaling NaN is invalid. */
export function eqF32(context: FloatContext, a: number, b: number): number {
  if (isSignalingF32(a) || isSignalingF32(b)) context.flags |= FloatFlag.NV;
  const x = single(context, a);
  return x === single(context, b) ? 1 : 0;
}

/** 1 when `a` is less than `b`; signaling: any NaN is invalid. */
export function ltF32(context: FloatContext, a: number, b: number): number {
  if (isNanF32(a) || isNanF32(b)) context.flags |= FloatFlag.NV;
  const x = single(context, a);
  return x < single(context, b) ? 1 : 0;
}

/** 1 when `a` is at most `b`; signaling: any NaN is invalid. */
export function leF32(context: FloatContext, a: number, b: number): number {
  if (isNanF32(a) || isNanF32(b)) context.flags |= FloatFlag.NV;
  const x = single(context, a);
  return x <= single(context, b) ? 1 : 0;
}

/** IEEE 754-2019 minimumNumber: a NaN loses, -0 is below +0. */
export function minF32(context: FloatContext, a: number, b: number): number {
  return pickF32(context, a, b, false);
}

/** IEEE 754-2019 maximumNumber: a NaN loses, +0 is above -0. */
export function maxF32(context: FloatContext, a: number, b: number): number {
  return pickF32(context, a, b, true);
}

/** 1 when `a` equals `b`; quiet: only a signaling NaN is invalid. */
export function eqF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if (isSignalingF64(aLow, aHigh) || isSignalingF64(bLow, bHigh)) context.flags |= FloatFlag.NV;
  const a = double(context, aLow, aHigh);
  return a === double(context, bLow, bHigh) ? 1 : 0;
}

/** 1 when `a` is less than `b`; signaling: any NaN is invalid. */
export function ltF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if (isNanF64(aLow, aHigh) || isNanF64(bLow, bHigh)) context.flags |= FloatFlag.NV;
  const a = double(context, aLow, aHigh);
  return a < double(context, bLow, bHigh) ? 1 : 0;
}

/** 1 when `a` is at most `b`; signaling: any NaN is invalid. */
export function leF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if (isNanF64(aLow, aHigh) || isNanF64(bLow, bHigh)) context.flags |= FloatFlag.NV;
  const a = double(context, aLow, aHigh);
  return a <= double(context, bLow, bHigh) ? 1 : 0;
}

/** IEEE 754-2019 minimumNumber: a NaN loses, -0 is below +0. */
export function minF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): void {
  pickF64(context, aLow, aHigh, bLow, bHigh, false);
}

/** IEEE 754-2019 maximumNumber: a NaN loses, +0 is above -0. */
export function maxF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): void {
  pickF64(context, aLow, aHigh, bLow, bHigh, true);
}

function pickF32(context: FloatContext, a: number, b: number, wantsMax: boolean): number {
  if (isSignalingF32(a) || isSignalingF32(b)) context.flags |= FloatFlag.NV;
  if (isNanF32(a)) return isNanF32(b) ? CANONICAL_NAN_F32 : b;
  if (isNanF32(b)) return a;
  const x = single(context, a);
  const y = single(context, b);
  // Zeros are equal: the negative one is told by its sign.
  const isALess = x === y ? a < 0 : x < y;
  return isALess === wantsMax ? b : a;
}

function pickF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
  wantsMax: boolean,
): void {
  if (isSignalingF64(aLow, aHigh) || isSignalingF64(bLow, bHigh)) context.flags |= FloatFlag.NV;
  const isANan = isNanF64(aLow, aHigh);
  const isBNan = isNanF64(bLow, bHigh);
  if (isANan && isBNan) {
    setResult(context, 0, CANONICAL_NAN_F64_HIGH);
    return;
  }
  const a = double(context, aLow, aHigh);
  const b = double(context, bLow, bHigh);
  // Zeros are equal: the negative one is told by its sign.
  const isALess = a === b ? aHigh < 0 : a < b;
  const picksB = isANan || (!isBNan && isALess === wantsMax);
  if (picksB) setResult(context, bLow, bHigh);
  else setResult(context, aLow, aHigh);
}
