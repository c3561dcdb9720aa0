import { sumError } from "./error-terms.ts";
import { addExact, divExact, fmaddExact, mulExact, sqrtExact } from "./exact-arithmetic.ts";
import { type FloatContext, FloatFlag, RoundingMode, single, singleBits } from "./float-context.ts";
import { BINARY32 } from "./float-format.ts";
import { isHalfway } from "./narrow.ts";
import { operandF32 } from "./operand.ts";
import { isFiniteF32 } from "./special-values.ts";

// Operations of the host are in double precision, rounded to nearest. 53 bits are more than twice 24 and 2, so that
// rounding a sum, product, quotient or root of singles a second time, to single, gives what rounding once gives
// (Figueroa, "When is double rounding innocuous?"): true of normal results. Whatever the host's way cannot decide is
// computed with integers.

/** The smallest normal number. */
const SMALLEST_NORMAL = 2 ** -126;

/** `a + b`. */
export function addF32(context: FloatContext, a: number, b: number): number {
  if (isForHost(context) && isFiniteF32(a) && isFiniteF32(b)) {
    const x = single(context, a);
    const y = single(context, b);
    const sum = x + y;
    const result = Math.fround(sum);
    // A subnormal sum is exact.
    if (Number.isFinite(result)) {
      if ((context.flags & FloatFlag.NX) === 0 && (result !== sum || sumError(x, y, sum) !== 0))
        context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  addExact(context, BINARY32, operandF32(a), operandF32(b));
  return context.resultLow;
}

/** `a * b`. */
export function mulF32(context: FloatContext, a: number, b: number): number {
  if (isForHost(context) && isFiniteF32(a) && isFiniteF32(b)) {
    const product = single(context, a) * single(context, b);
    const result = Math.fround(product);
    // The product is exact. When nothing is rounded, the result may be zero or subnormal.
    if (result === product) return singleBits(context, result);
    if (isOrdinary(result)) {
      context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  mulExact(context, BINARY32, operandF32(a), operandF32(b));
  return context.resultLow;
}

/** `a / b`. */
export function divF32(context: FloatContext, a: number, b: number): number {
  if (isForHost(context) && isFiniteF32(a) && isFiniteF32(b)) {
    const x = single(context, a);
    const y = single(context, b);
    const result = Math.fround(x / y);
    if (isOrdinary(result)) {
      // The quotient has 24 bits, the divisor, too: their product is exact.
      if (result * y !== x) context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  divExact(context, BINARY32, operandF32(a), operandF32(b));
  return context.resultLow;
}

/** The square root of `a`. */
export function sqrtF32(context: FloatContext, a: number): number {
  if (isForHost(context) && isFiniteF32(a)) {
    const x = single(context, a);
    if (x >= 0) {
      const result = Math.fround(Math.sqrt(x));
      if (result * result !== x) context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  sqrtExact(context, BINARY32, operandF32(a));
  return context.resultLow;
}

/** `a * b + c`, rounded once. */
export function fmaddF32(context: FloatContext, a: number, b: number, c: number): number {
  if (isForHost(context) && isFiniteF32(a) && isFiniteF32(b) && isFiniteF32(c)) {
    const product = single(context, a) * single(context, b);
    const term = single(context, c);
    const sum = product + term;
    const error = sumError(product, term, sum);
    const result = Math.fround(sum);
    // The product is exact. When nothing is rounded, the result may be zero or subnormal.
    if (error === 0 && result === sum) return singleBits(context, result);
    // What the sum lacks counts only where the sum itself lies halfway between two singles.
    if (isOrdinary(result) && (error === 0 || !isHalfway(context, sum))) {
      context.flags |= FloatFlag.NX;
      return singleBits(context, result);
    }
  }
  fmaddExact(context, BINARY32, operandF32(a), operandF32(b), operandF32(c));
  return context.resultLow;
}

function isForHost(context: FloatContext): boolean {
  return context.usesHost && context.roundingMode === RoundingMode.RNE;
}

/** Whether a rounded result raises neither overflow nor underflow: the smallest normal one may have been rounded up to. */
function isOrdinary(result: number): boolean {
  const magnitude = Math.abs(result);
  return magnitude > SMALLEST_NORMAL && magnitude < Infinity;
}
