import { powerOfTwo } from "@cantrip/sel4-config";
/** log2 of the smallest block: a thread's. Smaller ones would cost more slots than they save bytes. */
export const MIN_BLOCK_BITS = 9;
/** log2 of a page. */
export const PAGE_BITS = 12;
/** A request is rounded up so that at most this many blocks hold it. */
const MAX_PIECES = 4;

/** The smallest n with 2^n not below value. */
export function ceilLog2(value: number): number {
  return value <= 1 ? 0 : 32 - Math.clz32(value - 1);
}

/**
 * Sizes of the blocks for a request: powers of two in descending order, all different, with at least `bytes` bytes
 * together and at most an eighth more beyond a page.
 *
 * Objects have powers of two as sizes, too. Put in by descending size they fill such blocks without gaps: the blocks
 * behind a full one are together smaller than twice the next, so none is ever too small for the object at hand.
 *
 * @param bytes - 1 to 2^31
 * @returns log2 of each block's bytes
 */
export function planPieces(bytes: number): number[] {
  if (bytes <= 2 ** PAGE_BITS) return [Math.max(MIN_BLOCK_BITS, ceilLog2(bytes))];
  const topBit = Math.floor(Math.log2(bytes));
  const unit = powerOfTwo(Math.max(PAGE_BITS, topBit - MAX_PIECES + 1));
  let rest = Math.ceil(bytes / unit) * unit;
  const pieces: number[] = [];
  for (let bits = topBit + 1; rest > 0; bits--) {
    if (rest < powerOfTwo(bits)) continue;
    pieces.push(bits);
    rest -= powerOfTwo(bits);
  }
  return pieces;
}
