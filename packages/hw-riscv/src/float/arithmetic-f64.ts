import { productError, sumError } from "./error-terms.ts";
import { addExact, divExact, mulExact, sqrtExact } from "./exact-arithmetic.ts";
import { double, type FloatContext, FloatFlag, RoundingMode, setDouble } from "./float-context.ts";
import { BINARY64 } from "./float-format.ts";
import { operandF64 } from "./operand.ts";
import { isFiniteF64 } from "./special-values.ts";

// The host's own operations round to nearest as IEEE 754 says (ECMAScript demands it of + - * /; engines compute
// `Math.sqrt` with the instruction that does). Whether a result is exact is asked only while NX is clear, and answered by
// the error term. Results near the ends of the range, where error terms are not exact, are computed with integers.

/** The smallest normal number. */
const SMALLEST_NORMAL = 2 ** -1022;
/** Error terms of sums below this are exact. */
const SUM_LIMIT = 2 ** 1022;
/** Error terms of products between these are exact, with factors up to the last. */
const PRODUCT_LEAST = 2 ** -900;
const PRODUCT_LIMIT = 2 ** 990;

/** `a + b`. */
export function addF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): void {
  if (isForHost(context) && isFiniteF64(aHigh) && isFiniteF64(bHigh)) {
    const a = double(context, aLow, aHigh);
    const b = double(context, bLow, bHigh);
    const sum = a + b;
    // A subnormal sum is exact.
    if (Math.abs(sum) < SUM_LIMIT) {
      if ((context.flags & FloatFlag.NX) === 0 && sumError(a, b, sum) !== 0)
        context.flags |= FloatFlag.NX;
      setDouble(context, sum);
      return;
    }
  }
  addExact(context, BINARY64, operandF64(aLow, aHigh), operandF64(bLow, bHigh));
}

/** `a * b`. */
export function mulF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): void {
  if (isForHost(context) && isFiniteF64(aHigh) && isFiniteF64(bHigh)) {
    const a = double(context, aLow, aHigh);
    const b = double(context, bLow, bHigh);
    const product = a * b;
    if ((context.flags & FloatFlag.NX) !== 0 ? isOrdinary(product) : hasError(a, b, product)) {
      if ((context.flags & FloatFlag.NX) === 0 && productError(a, b, product) !== 0)
        context.flags |= FloatFlag.NX;
      setDouble(context, product);
      return;
    }
    if (a === 0 || b === 0) {
      setDouble(context, product);
      return;
    }
  }
  mulExact(context, BINARY64, operandF64(aLow, aHigh), operandF64(bLow, bHigh));
}

/** `a / b`. */
export function divF64(
  context: FloatContext,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): void {
  if (isForHost(context) && isFiniteF64(aHigh) && isFiniteF64(bHigh)) {
    const a = double(context, aLow, aHigh);
    const b = double(context, bLow, bHigh);
    const quotient = a / b;
    const back = quotient * b;
    if (
      isOrdinary(quotient) &&
      ((context.flags & FloatFlag.NX) !== 0 || hasError(quotient, b, back))
    ) {
      if (
        (context.flags & FloatFlag.NX) === 0 &&
        (back !== a || productError(quotient, b, back) !== 0)
      )
        context.flags |= FloatFlag.NX;
      setDouble(context, quotient);
      return;
    }
    if (a === 0 && b !== 0) {
      setDouble(context, quotient);
      return;
    }
  }
  divExact(context, BINARY64, operandF64(aLow, aHigh), operandF64(bLow, bHigh));
}

/** The square root of `a`. */
export function sqrtF64(context: FloatContext, low: number, high: number): void {
  if (isForHost(context) && isFiniteF64(high)) {
    const value = double(context, low, high);
    const root = Math.sqrt(value);
    const square = root * root;
    if (value === 0 || (value > 0 && (context.flags & FloatFlag.NX) !== 0)) {
      setDouble(context, root);
      return;
    }
    if (hasError(root, root, square)) {
      if (square !== value || productError(root, root, square) !== 0) context.flags |= FloatFlag.NX;
      setDouble(context, root);
      return;
    }
  }
  sqrtExact(context, BINARY64, operandF64(low, high));
}

function isForHost(context: FloatContext): boolean {
  return context.usesHost && context.roundingMode === RoundingMode.RNE;
}

/** Whether a rounded result raises neither overflow nor underflow: the smallest normal one may have been rounded up to. */
function isOrdinary(result: number): boolean {
  const magnitude = Math.abs(result);
  return magnitude > SMALLEST_NORMAL && magnitude < Infinity;
}

/** Whether the error term of a product is exact. */
function hasError(a: number, b: number, product: number): boolean {
  const magnitude = Math.abs(product);
  return (
    magnitude > PRODUCT_LEAST &&
    magnitude < PRODUCT_LIMIT &&
    Math.abs(a) < PRODUCT_LIMIT &&
    Math.abs(b) < PRODUCT_LIMIT
  );
}
