/** A binary interchange format of IEEE 754. */
export interface FloatFormat {
  /** Bits of a significand, the hidden one included. */
  readonly precision: number;
  /** Bits of the exponent field. */
  readonly exponentBits: number;
  /** Exponent of the greatest numbers: a significand of 1.x times 2 to this power. Also the bias. */
  readonly maxExponent: number;
  /** Exponent of the smallest normal number. */
  readonly minExponent: number;
}

/** Single precision. */
export const BINARY32: FloatFormat = {
  precision: 24,
  exponentBits: 8,
  maxExponent: 127,
  minExponent: -126,
};

/** Double precision. */
export const BINARY64: FloatFormat = {
  precision: 53,
  exponentBits: 11,
  maxExponent: 1023,
  minExponent: -1022,
};
