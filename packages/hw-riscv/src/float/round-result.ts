import { type FloatContext, FloatFlag, RoundingMode } from "./float-context.ts";
import type { FloatFormat } from "./float-format.ts";

/**
 * Rounds an exact number, not zero, into a format: the result of the context, and its exceptions.
 *
 * @param significand - the magnitude is this, above 0, times 2 to the power of `exponent`
 */
export function roundResult(
  context: FloatContext,
  format: FloatFormat,
  isNegative: boolean,
  exponent: number,
  significand: bigint,
): void {
  const { precision, minExponent, maxExponent } = format;
  const mode = context.roundingMode;
  const leading = exponent + bitLength(significand) - 1;
  const normal = Math.max(leading, minExponent);
  const shift = normal - precision + 1 - exponent;
  const rounded = roundAt(mode, isNegative, significand, shift);
  const carries = rounded === 1n << BigInt(precision);
  if (normal > maxExponent || (carries && normal === maxExponent)) {
    overflow(context, format, isNegative);
    return;
  }
  if (shift > 0 && rounded << BigInt(shift) !== significand) {
    context.flags |= FloatFlag.NX;
    if (isTiny(mode, format, isNegative, leading, significand)) context.flags |= FloatFlag.UF;
  }
  // The hidden bit, where there is one, adds the last 1 to the exponent field, and a carry one more.
  const field = BigInt(normal + maxExponent - 1);
  setBits(context, format, isNegative, (field << BigInt(precision - 1)) + rounded);
}

/** Makes a zero the result. */
export function setZero(context: FloatContext, format: FloatFormat, isNegative: boolean): void {
  setBits(context, format, isNegative, 0n);
}

/** Makes an infinity the result. */
export function setInfinity(context: FloatContext, format: FloatFormat, isNegative: boolean): void {
  const field = BigInt(2 * format.maxExponent + 1);
  setBits(context, format, isNegative, field << BigInt(format.precision - 1));
}

/** Makes the canonical NaN the result. */
export function setNan(context: FloatContext, format: FloatFormat): void {
  const field = BigInt(4 * format.maxExponent + 3);
  setBits(context, format, false, field << BigInt(format.precision - 2));
}

/** Bits up to the highest 1. */
export function bitLength(value: bigint): number {
  let length = 0;
  let rest = value;
  while (rest > 0xffffffffn) {
    rest >>= 32n;
    length += 32;
  }
  return length + 32 - Math.clz32(Number(rest));
}

/** Rounds to a multiple of 2 to the power of `shift`, and divides by that. */
function roundAt(
  mode: RoundingMode,
  isNegative: boolean,
  significand: bigint,
  shift: number,
): bigint {
  if (shift <= 0) return significand << BigInt(-shift);
  const kept = significand >> BigInt(shift);
  const rest = significand - (kept << BigInt(shift));
  if (rest === 0n) return kept;
  const half = 1n << BigInt(shift - 1);
  return roundsUp(mode, isNegative, (kept & 1n) === 1n, rest - half) ? kept + 1n : kept;
}

/** Whether the magnitude grows when something is cut off; `beyondHalf` is how far that is from half a unit. */
function roundsUp(
  mode: RoundingMode,
  isNegative: boolean,
  isOdd: boolean,
  beyondHalf: bigint,
): boolean {
  switch (mode) {
    case RoundingMode.RNE:
      return beyondHalf > 0n || (beyondHalf === 0n && isOdd);
    case RoundingMode.RTZ:
      return false;
    case RoundingMode.RDN:
      return isNegative;
    case RoundingMode.RUP:
      return !isNegative;
    case RoundingMode.RMM:
      return beyondHalf >= 0n;
  }
}

/** Whether a number would be below the normal ones if the exponent had no end: what RISC-V calls tiny after rounding. */
function isTiny(
  mode: RoundingMode,
  format: FloatFormat,
  isNegative: boolean,
  leading: number,
  significand: bigint,
): boolean {
  if (leading >= format.minExponent) return false;
  if (leading < format.minExponent - 1) return true;
  const shift = bitLength(significand) - format.precision;
  return roundAt(mode, isNegative, significand, shift) < 1n << BigInt(format.precision);
}

function overflow(context: FloatContext, format: FloatFormat, isNegative: boolean): void {
  context.flags |= FloatFlag.OF | FloatFlag.NX;
  // Beyond the greatest number every rest is more than half a unit.
  if (roundsUp(context.roundingMode, isNegative, true, 1n)) {
    setInfinity(context, format, isNegative);
    return;
  }
  const infinity = BigInt(2 * format.maxExponent + 1) << BigInt(format.precision - 1);
  setBits(context, format, isNegative, infinity - 1n);
}

function setBits(
  context: FloatContext,
  format: FloatFormat,
  isNegative: boolean,
  magnitude: bigint,
): void {
  const signBit = BigInt(format.precision - 1 + format.exponentBits);
  const bits = isNegative ? magnitude | (1n << signBit) : magnitude;
  context.resultLow = Number(BigInt.asIntN(32, bits));
  context.resultHigh = Number(BigInt.asIntN(32, bits >> 32n));
}
