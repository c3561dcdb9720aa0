/** Functions of 32-bit values, which are numbers with a sign unless a name says otherwise. */

/** High word of the unsigned product; exact, because no intermediate passes 2^53. */
export function multiplyHighUnsigned(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) | 0;
}

/** High word of the signed product. */
export function multiplyHigh(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** High word of the product of a signed and an unsigned number. */
export function multiplyHighSignedUnsigned(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0)) | 0;
}

/** Zeros above the lowest bit that is set; 32 for 0. */
export function countTrailingZeros(a: number): number {
  return a === 0 ? 32 : 31 - Math.clz32(a & -a);
}

/** Bits that are set. */
export function countPopulation(a: number): number {
  const pairs = a - ((a >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function rotateLeft(a: number, amount: number): number {
  return (a << amount) | (a >>> -amount);
}

export function rotateRight(a: number, amount: number): number {
  return (a >>> amount) | (a << -amount);
}

/** Every byte with a set bit becomes 0xff (`orc.b`). */
export function orCombine(a: number): number {
  // The top bit of every byte that is not 0, in its lowest bit.
  const some = ((((a & 0x7f7f7f7f) + 0x7f7f7f7f) | a) >>> 7) & 0x01010101;
  return Math.imul(some, 0xff);
}

export function reverseBytes(a: number): number {
  return (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
}
