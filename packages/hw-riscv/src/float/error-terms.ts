/** `2^27 + 1`: splits 53 bits into two halves whose products are exact (Veltkamp). */
const SPLITTER = 134217729;

/**
 * What rounding to nearest took from a sum: `a + b === sum + error` exactly (Knuth's TwoSum).
 *
 * @param sum - `a + b` of the host, finite and below 2^1022
 */
export function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  const aPart = sum - bPart;
  return a - aPart + (b - bPart);
}

/**
 * What rounding to nearest took from a product: `a * b === product + error` exactly (Dekker's TwoProduct).
 *
 * @param product - `a * b` of the host, above 2^-900 and below 2^1000 in magnitude; the factors are below 2^990
 */
export function productError(a: number, b: number, product: number): number {
  const aSplit = a * SPLITTER;
  const bSplit = b * SPLITTER;
  const aHigh = aSplit - (aSplit - a);
  const bHigh = bSplit - (bSplit - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
