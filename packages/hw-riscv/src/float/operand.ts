import { BINARY32, BINARY64, type FloatFormat } from "./float-format.ts";

/** A floating-point datum taken apart, for arithmetic with integers. */
export interface Operand {
  readonly kind: "finite" | "zero" | "infinity" | "quiet-nan" | "signaling-nan";
  readonly isNegative: boolean;
  /** The magnitude is `significand` times 2 to this power. */
  readonly exponent: number;
  /** 0 unless finite. */
  readonly significand: bigint;
}

/** Takes single-precision bits apart. */
export function operandF32(bits: number): Operand {
  return operand(BINARY32, BigInt(bits >>> 0));
}

/** Takes double-precision bits apart. */
export function operandF64(low: number, high: number): Operand {
  return operand(BINARY64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

/** Whether a datum is a NaN of either sort. */
export function isNan(value: Operand): boolean {
  return value.kind === "quiet-nan" || value.kind === "signaling-nan";
}

function operand(format: FloatFormat, bits: bigint): Operand {
  const fractionBits = BigInt(format.precision - 1);
  const hiddenBit = 1n << fractionBits;
  const fraction = bits & (hiddenBit - 1n);
  const special = (1 << format.exponentBits) - 1;
  const field = Number(bits >> fractionBits) & special;
  const isNegative = bits >> (fractionBits + BigInt(format.exponentBits)) === 1n;
  const quantum = Math.max(field, 1) - format.maxExponent - format.precision + 1;
  if (field === special) return { ...specialValue(fraction, hiddenBit), isNegative };
  const significand = field === 0 ? fraction : fraction | hiddenBit;
  const kind = significand === 0n ? "zero" : "finite";
  return { kind, isNegative, exponent: quantum, significand };
}

function specialValue(fraction: bigint, hiddenBit: bigint): Omit<Operand, "isNegative"> {
  const isQuiet = (fraction & (hiddenBit >> 1n)) !== 0n;
  const nan = isQuiet ? "quiet-nan" : "signaling-nan";
  return { kind: fraction === 0n ? "infinity" : nan, exponent: 0, significand: 0n };
}
