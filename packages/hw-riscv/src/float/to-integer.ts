import { type FloatContext, FloatFlag, RoundingMode, setResult } from "./float-context.ts";

// Every single is a double, and a double rounded to an integer is a double: numbers of the host do all of it, exactly.
// What does not fit is invalid and saturates, a NaN upwards.

const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;

/** A number as a signed 32-bit integer. */
export function toI32(context: FloatContext, value: number): number {
  const rounded = toInteger(context, value, -TWO_31, TWO_31);
  return rounded === TWO_31 ? 0x7fffffff : rounded | 0;
}

/** A number as an unsigned 32-bit integer, its bits as a signed number. */
export function toU32(context: FloatContext, value: number): number {
  const rounded = toInteger(context, value, 0, TWO_32);
  return rounded === TWO_32 ? -1 : rounded | 0;
}

/** A number as a signed 64-bit integer: the result of the context. */
export function toI64(context: FloatContext, value: number): void {
  const rounded = toInteger(context, value, -TWO_63, TWO_63);
  if (rounded === TWO_63) setResult(context, -1, 0x7fffffff);
  else setInteger(context, rounded);
}

/** A number as an unsigned 64-bit integer: the result of the context. */
export function toU64(context: FloatContext, value: number): void {
  const rounded = toInteger(context, value, 0, TWO_64);
  if (rounded === TWO_64) setResult(context, -1, -1);
  else setInteger(context, rounded);
}

/**
 * Rounds to an integer in the mode of the context, and raises what is to be raised.
 *
 * @param least - the least integer that fits
 * @param end - the first integer above those that fit
 * @returns the integer; `least` or `end` when it does not fit
 */
function toInteger(context: FloatContext, value: number, least: number, end: number): number {
  const rounded = rounding(context.roundingMode, value);
  if (rounded >= least && rounded < end) {
    if (rounded !== value) context.flags |= FloatFlag.NX;
    return rounded;
  }
  context.flags |= FloatFlag.NV;
  return rounded < least ? least : end;
}

function rounding(mode: RoundingMode, value: number): number {
  switch (mode) {
    case RoundingMode.RTZ:
      return Math.trunc(value);
    case RoundingMode.RDN:
      return Math.floor(value);
    case RoundingMode.RUP:
      return Math.ceil(value);
    case RoundingMode.RNE:
    case RoundingMode.RMM: {
      // What is left of a magnitude is exact; what is left above the floor of a negative number need not be.
      const magnitude = Math.abs(value);
      const floor = Math.floor(magnitude);
      const rest = magnitude - floor;
      const tieGoesUp = mode === RoundingMode.RMM || floor % 2 === 1;
      const nearest = rest > 0.5 || (rest === 0.5 && tieGoesUp) ? floor + 1 : floor;
      return value < 0 ? -nearest : nearest;
    }
  }
}

/** Makes an integer below 2^64 the result, in two's complement. */
function setInteger(context: FloatContext, value: number): void {
  const high = Math.floor(value / TWO_32);
  setResult(context, (value - high * TWO_32) | 0, high | 0);
}
