import {
  countPopulation as countPopulation32,
  countTrailingZeros as countTrailingZeros32,
  multiplyHighUnsigned as multiplyHighUnsigned32,
  orCombine as orCombine32,
  reverseBytes as reverseBytes32,
} from "./word.ts";

/**
 * Functions of 64-bit values as pairs of signed 32-bit halves. Each returns the low half of its result, and leaves the high
 * one in `out`.
 */
export interface HighHalf {
  high: number;
}

const TWO_32 = 0x1_0000_0000;
const TWO_21 = 0x20_0000;

/** Low 64 bits of the product. */
export function multiply(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  out.high =
    (multiplyHighUnsigned32(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
  return Math.imul(aLow, bLow);
}

/** High 64 bits of the unsigned product. */
export function multiplyHighUnsigned(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  const middle =
    (multiplyHighUnsigned32(aLow, bLow) >>> 0) +
    (Math.imul(aLow, bHigh) >>> 0) +
    (Math.imul(aHigh, bLow) >>> 0);
  const low =
    (Math.imul(aHigh, bHigh) >>> 0) +
    (multiplyHighUnsigned32(aLow, bHigh) >>> 0) +
    (multiplyHighUnsigned32(aHigh, bLow) >>> 0) +
    Math.floor(middle / TWO_32);
  out.high = (multiplyHighUnsigned32(aHigh, bHigh) + Math.floor(low / TWO_32)) | 0;
  return low | 0;
}

/** `out` and a low half, minus a pair. */
function subtract(out: HighHalf, low: number, bLow: number, bHigh: number): number {
  out.high = (out.high - bHigh - (low >>> 0 < bLow >>> 0 ? 1 : 0)) | 0;
  return (low - bLow) | 0;
}

/** High 64 bits of the product of a signed and an unsigned number. */
export function multiplyHighSignedUnsigned(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  const low = multiplyHighUnsigned(out, aLow, aHigh, bLow, bHigh);
  return aHigh < 0 ? subtract(out, low, bLow, bHigh) : low;
}

/** High 64 bits of the signed product. */
export function multiplyHigh(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  const low = multiplyHighSignedUnsigned(out, aLow, aHigh, bLow, bHigh);
  return bHigh < 0 ? subtract(out, low, aLow, aHigh) : low;
}

function negate(out: HighHalf, low: number, high: number): number {
  out.high = (~high + (low === 0 ? 1 : 0)) | 0;
  return -low | 0;
}

/** Unsigned quotient, or remainder; the divisor is not 0. */
function divideOrRemainder(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
  wantsRemainder: boolean,
): number {
  if (aHigh >>> 0 < TWO_21 && bHigh >>> 0 < TWO_21) {
    const a = aHigh * TWO_32 + (aLow >>> 0);
    const b = bHigh * TWO_32 + (bLow >>> 0);
    // Both are below 2^53. A quotient is then further from the next integer, 1 / b at least, than rounding takes it.
    const result = wantsRemainder ? a % b : Math.floor(a / b);
    out.high = Math.floor(result / TWO_32) | 0;
    return result | 0;
  }
  const a = (BigInt(aHigh >>> 0) << 32n) | BigInt(aLow >>> 0);
  const b = (BigInt(bHigh >>> 0) << 32n) | BigInt(bLow >>> 0);
  const result = wantsRemainder ? a % b : a / b;
  out.high = Number(result >> 32n) | 0;
  return Number(result & 0xffffffffn) | 0;
}

/** All bits set for a divisor of 0. */
export function divideUnsigned(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if ((bLow | bHigh) === 0) {
    out.high = -1;
    return -1;
  }
  return divideOrRemainder(out, aLow, aHigh, bLow, bHigh, false);
}

/** The dividend for a divisor of 0. */
export function remainderUnsigned(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if ((bLow | bHigh) === 0) {
    out.high = aHigh;
    return aLow;
  }
  return divideOrRemainder(out, aLow, aHigh, bLow, bHigh, true);
}

/** Rounds towards 0; -1 for a divisor of 0. */
export function divide(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if ((bLow | bHigh) === 0) {
    out.high = -1;
    return -1;
  }
  const low = magnitudes(out, aLow, aHigh, bLow, bHigh, false);
  return (aHigh ^ bHigh) < 0 ? negate(out, low, out.high) : low;
}

/** Has the sign of the dividend; the dividend for a divisor of 0. */
export function remainder(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  if ((bLow | bHigh) === 0) {
    out.high = aHigh;
    return aLow;
  }
  const low = magnitudes(out, aLow, aHigh, bLow, bHigh, true);
  return aHigh < 0 ? negate(out, low, out.high) : low;
}

function magnitudes(
  out: HighHalf,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
  wantsRemainder: boolean,
): number {
  let aLowAbs = aLow;
  let aHighAbs = aHigh;
  let bLowAbs = bLow;
  let bHighAbs = bHigh;
  if (aHigh < 0) {
    aLowAbs = negate(out, aLow, aHigh);
    aHighAbs = out.high;
  }
  if (bHigh < 0) {
    bLowAbs = negate(out, bLow, bHigh);
    bHighAbs = out.high;
  }
  return divideOrRemainder(out, aLowAbs, aHighAbs, bLowAbs, bHighAbs, wantsRemainder);
}

/** Zeros above the highest bit that is set; 64 for 0. */
export function countLeadingZeros(out: HighHalf, low: number, high: number): number {
  out.high = 0;
  return high === 0 ? 32 + Math.clz32(low) : Math.clz32(high);
}

export function countTrailingZeros(out: HighHalf, low: number, high: number): number {
  out.high = 0;
  return low === 0 ? 32 + countTrailingZeros32(high) : countTrailingZeros32(low);
}

export function countPopulation(out: HighHalf, low: number, high: number): number {
  out.high = 0;
  return countPopulation32(low) + countPopulation32(high);
}

/** Rotates by the low 6 bits of an amount. */
export function rotateLeft(out: HighHalf, low: number, high: number, amount: number): number {
  const isSwapped = (amount & 32) !== 0;
  const first = isSwapped ? high : low;
  const second = isSwapped ? low : high;
  const rest = ~amount & 31;
  out.high = (second << amount) | ((first >>> 1) >>> rest);
  return (first << amount) | ((second >>> 1) >>> rest);
}

export function rotateRight(out: HighHalf, low: number, high: number, amount: number): number {
  return rotateLeft(out, low, high, -amount & 63);
}

export function orCombine(out: HighHalf, low: number, high: number): number {
  out.high = orCombine32(high);
  return orCombine32(low);
}

export function reverseBytes(out: HighHalf, low: number, high: number): number {
  out.high = reverseBytes32(low);
  return reverseBytes32(high);
}
