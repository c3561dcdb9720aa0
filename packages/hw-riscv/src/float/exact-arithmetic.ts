import { type FloatContext, FloatFlag, RoundingMode } from "./float-context.ts";
import type { FloatFormat } from "./float-format.ts";
import { isNan, type Operand } from "./operand.ts";
import { bitLength, roundResult, setInfinity, setNan, setZero } from "./round-result.ts";

// Every operation in integers, for both formats: the exact result, or enough of it with a sticky bit, is rounded once.
// The result is in the context; in single precision its low half counts.

/** Sum of two data. */
export function addExact(context: FloatContext, format: FloatFormat, a: Operand, b: Operand): void {
  if (propagatesNan(context, format, a, b)) return;
  if (a.kind === "infinity" || b.kind === "infinity") addInfinity(context, format, a, b);
  else addFinite(context, format, a, b);
}

/** Product of two data. */
export function mulExact(context: FloatContext, format: FloatFormat, a: Operand, b: Operand): void {
  if (propagatesNan(context, format, a, b)) return;
  const product = multiply(a, b);
  if (product.kind === "signaling-nan") invalid(context, format);
  else if (product.kind === "infinity") setInfinity(context, format, product.isNegative);
  else if (product.kind === "zero") setZero(context, format, product.isNegative);
  else roundResult(context, format, product.isNegative, product.exponent, product.significand);
}

/** `a * b + c`, rounded once. */
export function fmaddExact(
  context: FloatContext,
  format: FloatFormat,
  a: Operand,
  b: Operand,
  c: Operand,
): void {
  const product = multiply(a, b);
  // RISC-V: ∞ times 0 is invalid even when the third operand is a quiet NaN.
  if (product.kind === "signaling-nan") context.flags |= FloatFlag.NV;
  if (propagatesNan(context, format, a, b, c)) return;
  if (product.kind === "signaling-nan") setNan(context, format);
  else if (product.kind === "infinity" || c.kind === "infinity")
    addInfinity(context, format, product, c);
  else addFinite(context, format, product, c);
}

/** Quotient of two data. */
export function divExact(context: FloatContext, format: FloatFormat, a: Operand, b: Operand): void {
  if (propagatesNan(context, format, a, b)) return;
  const isNegative = a.isNegative !== b.isNegative;
  if (a.kind === b.kind && a.kind !== "finite") invalid(context, format);
  else if (a.kind === "infinity") setInfinity(context, format, isNegative);
  else if (a.kind === "zero" || b.kind === "infinity") setZero(context, format, isNegative);
  else if (b.kind === "zero") {
    context.flags |= FloatFlag.DZ;
    setInfinity(context, format, isNegative);
  } else {
    // At least two bits more than the precision, even for the smallest subnormal by the longest significand.
    const shift = 2 * format.precision + 2;
    const dividend = a.significand << BigInt(shift);
    const quotient = dividend / b.significand;
    const sticky = quotient * b.significand === dividend ? 0n : 1n;
    const exponent = a.exponent - b.exponent - shift - 1;
    roundResult(context, format, isNegative, exponent, (quotient << 1n) | sticky);
  }
}

/** Square root of a datum. */
export function sqrtExact(context: FloatContext, format: FloatFormat, a: Operand): void {
  if (propagatesNan(context, format, a)) return;
  if (a.kind === "zero") setZero(context, format, a.isNegative);
  else if (a.isNegative) invalid(context, format);
  else if (a.kind === "infinity") setInfinity(context, format, false);
  else {
    // Half as many bits, and two more than the precision; an even exponent.
    const bits = 2 * format.precision + 4;
    const shift = bits + ((a.exponent - bits) & 1);
    const square = a.significand << BigInt(shift);
    const root = integerRoot(square);
    const sticky = root * root === square ? 0n : 1n;
    const exponent = (a.exponent - shift) / 2 - 1;
    roundResult(context, format, false, exponent, (root << 1n) | sticky);
  }
}

/** A datum of one format in another. */
export function convertExact(context: FloatContext, format: FloatFormat, a: Operand): void {
  if (propagatesNan(context, format, a)) return;
  if (a.kind === "infinity") setInfinity(context, format, a.isNegative);
  else if (a.kind === "zero") setZero(context, format, a.isNegative);
  else roundResult(context, format, a.isNegative, a.exponent, a.significand);
}

/** An integer in a format. */
export function integerExact(context: FloatContext, format: FloatFormat, value: bigint): void {
  if (value === 0n) setZero(context, format, false);
  else roundResult(context, format, value < 0n, 0, value < 0n ? -value : value);
}

/** Deals with operands that are NaNs: whether there was one. */
function propagatesNan(
  context: FloatContext,
  format: FloatFormat,
  a: Operand,
  b: Operand = a,
  c: Operand = a,
): boolean {
  if (!isNan(a) && !isNan(b) && !isNan(c)) return false;
  if (a.kind === "signaling-nan" || b.kind === "signaling-nan" || c.kind === "signaling-nan")
    context.flags |= FloatFlag.NV;
  setNan(context, format);
  return true;
}

function invalid(context: FloatContext, format: FloatFormat): void {
  context.flags |= FloatFlag.NV;
  setNan(context, format);
}

/** The exact product of data that are no NaNs; a signaling NaN for ∞ times 0, which has none. */
function multiply(a: Operand, b: Operand): Operand {
  const hasInfinity = a.kind === "infinity" || b.kind === "infinity";
  const hasZero = a.kind === "zero" || b.kind === "zero";
  const finite = hasZero ? "zero" : "finite";
  const infinite = hasZero ? "signaling-nan" : "infinity";
  return {
    kind: hasInfinity ? infinite : finite,
    isNegative: a.isNegative !== b.isNegative,
    exponent: a.exponent + b.exponent,
    significand: a.significand * b.significand,
  };
}

function addInfinity(context: FloatContext, format: FloatFormat, a: Operand, b: Operand): void {
  if (a.kind === b.kind && a.isNegative !== b.isNegative) invalid(context, format);
  else setInfinity(context, format, a.kind === "infinity" ? a.isNegative : b.isNegative);
}

/** Beyond this distance the lower of two terms is only a sticky bit: more than a product and all guard bits. */
const FAR = 256;

function addFinite(context: FloatContext, format: FloatFormat, a: Operand, b: Operand): void {
  if (a.kind === "zero" && b.kind === "zero") {
    setZero(context, format, signOfZero(context, a.isNegative, b.isNegative));
    return;
  }
  if (a.kind === "zero" || b.kind === "zero") {
    const term = a.kind === "zero" ? b : a;
    roundResult(context, format, term.isNegative, term.exponent, term.significand);
    return;
  }
  const isHigher = a.exponent >= b.exponent;
  const upper = isHigher ? a : b;
  const lower = isHigher ? b : a;
  const distance = Math.min(upper.exponent - lower.exponent, FAR);
  const exponent = upper.exponent - distance;
  const rest = upper.exponent - lower.exponent > FAR ? 1n : lower.significand;
  const sum = signed(upper, upper.significand << BigInt(distance)) + signed(lower, rest);
  // A difference of equals is +0, or -0 when rounding down.
  if (sum === 0n) setZero(context, format, context.roundingMode === RoundingMode.RDN);
  else roundResult(context, format, sum < 0n, exponent, sum < 0n ? -sum : sum);
}

function signOfZero(context: FloatContext, a: boolean, b: boolean): boolean {
  return a === b ? a : context.roundingMode === RoundingMode.RDN;
}

function signed(value: Operand, magnitude: bigint): bigint {
  return value.isNegative ? -magnitude : magnitude;
}

/** The greatest integer whose square is not above `value`; Newton's method from above. */
function integerRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
