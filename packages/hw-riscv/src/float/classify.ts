import { isNanF32, isNanF64, isSignalingF32, isSignalingF64 } from "./special-values.ts";

/** Bits that `FCLASS` sets, exactly one of them (RISC-V unprivileged, table "Format of result of FCLASS instruction"). */
const Class = {
  NegativeInfinity: 1 << 0,
  NegativeNormal: 1 << 1,
  NegativeSubnormal: 1 << 2,
  NegativeZero: 1 << 3,
  PositiveZero: 1 << 4,
  PositiveSubnormal: 1 << 5,
  PositiveNormal: 1 << 6,
  PositiveInfinity: 1 << 7,
  SignalingNan: 1 << 8,
  QuietNan: 1 << 9,
} as const;

/** The class of single-precision bits. */
export function classF32(bits: number): number {
  if (isNanF32(bits)) return isSignalingF32(bits) ? Class.SignalingNan : Class.QuietNan;
  return classOfNumber(bits < 0, (bits >> 23) & 0xff, 0xff, (bits & 0x7fffff) === 0);
}

/** The class of double-precision bits. */
export function classF64(low: number, high: number): number {
  if (isNanF64(low, high)) return isSignalingF64(low, high) ? Class.SignalingNan : Class.QuietNan;
  const isFractionZero = ((high & 0xfffff) | low) === 0;
  return classOfNumber(high < 0, (high >> 20) & 0x7ff, 0x7ff, isFractionZero);
}

function classOfNumber(
  isNegative: boolean,
  exponent: number,
  greatest: number,
  isFractionZero: boolean,
): number {
  if (exponent === greatest) return isNegative ? Class.NegativeInfinity : Class.PositiveInfinity;
  if (exponent !== 0) return isNegative ? Class.NegativeNormal : Class.PositiveNormal;
  if (isFractionZero) return isNegative ? Class.NegativeZero : Class.PositiveZero;
  return isNegative ? Class.NegativeSubnormal : Class.PositiveSubnormal;
}
