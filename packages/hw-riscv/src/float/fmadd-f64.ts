import { productError, sumError } from "./error-terms.ts";
import { fmaddExact } from "./exact-arithmetic.ts";
import { double, type FloatContext, FloatFlag, RoundingMode, setDouble } from "./float-context.ts";
import { BINARY64 } from "./float-format.ts";
import { operandF64 } from "./operand.ts";

/** Between these, the product and the third operand leave error terms exact. */
const LEAST = 2 ** -900;
const LIMIT = 2 ** 990;

/** `a * b + c`, rounded once. */
export function fmaddF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
  cLow: number,
  cHigh: number,
): void {
  if (context.usesHost && context.roundingMode === RoundingMode.RNE) {
    const a = double(context, aLow, aHigh);
    const b = double(context, bLow, bHigh);
    const c = double(context, cLow, cHigh);
    if (fmaddHost(context, a, b, c)) return;
  }
  const product = operandF64(aLow, aHigh);
  fmaddExact(context, BINARY64, product, operandF64(bLow, bHigh), operandF64(cLow, cHigh));
}

/**
 * Rounds the sum of three doubles, the product, its error and `c`, once: the two lower parts are added with rounding to
 * odd, which keeps the trace of what is cut off (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").
 *
 * @returns whether this way decides, and the result is there
 */
function fmaddHost(context: FloatContext, a: number, b: number, c: number): boolean {
  const product = a * b;
  const magnitude = Math.abs(product);
  // Comparisons with a NaN are false.
  if (!(Math.abs(c) < LIMIT && Math.abs(a) < LIMIT && Math.abs(b) < LIMIT)) return false;
  if (product === 0) return fmaddZero(context, a, b, c, product);
  if (!(magnitude > LEAST && magnitude < LIMIT)) return false;
  const productRest = productError(a, b, product);
  const lower = c + productRest;
  const lowerRest = sumError(c, productRest, lower);
  const upper = product + lower;
  const upperRest = sumError(product, lower, upper);
  const rest = upperRest + lowerRest;
  const restError = sumError(upperRest, lowerRest, rest);
  const odd = restError === 0 ? rest : roundedToOdd(context, rest, restError);
  const result = upper + odd;
  if (!(Math.abs(result) > LEAST)) return false;
  // Where something is cut off, the last bit of the odd part is one that the result has no room for.
  if (sumError(upper, odd, result) !== 0) context.flags |= FloatFlag.NX;
  setDouble(context, result);
  return true;
}

/** Adds `c` to a product that is zero because a factor is. */
function fmaddZero(
  context: FloatContext,
  a: number,
  b: number,
  c: number,
  product: number,
): boolean {
  if (a !== 0 && b !== 0) return false;
  setDouble(context, product + c);
  return true;
}

/** Of the two doubles around `value + error`, `value` being the nearer one, that whose last bit is 1. */
function roundedToOdd(context: FloatContext, value: number, error: number): number {
  const bits = context.doubleBits;
  context.doubles[0] = value;
  const low = bits[0] ?? 0;
  if ((low & 1) === 1) return value;
  // Even: the neighbour in the direction of the error. Magnitudes grow with the bits.
  if (value > 0 === error > 0) bits[0] = low | 1;
  else {
    bits[0] = low - 1;
    if (low === 0) bits[1] = (bits[1] ?? 0) - 1;
  }
  return context.doubles[0];
}
