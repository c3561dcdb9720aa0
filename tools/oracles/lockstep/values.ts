import type { Random } from "./random.ts";

type Pair = readonly [low: number, high: number];

const WORDS: readonly Pair[] = [
  [0, 0],
  [1, 0],
  [-1, -1],
  [-0x80000000, -1],
  [0x7fffffff, 0],
  [-0x80000000, 0],
  [0, -0x80000000],
  [-1, 0x7fffffff],
  [0x55555555, 0x55555555],
];
/** Single precision: zeros, one, the smallest, the largest, infinities, and what is not a number. */
const SINGLES: readonly number[] = [
  0, -0x80000000, 0x3f800000, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x7f800000,
  0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345, 0x4f000000, 0xcf000000, 0x5f000000, 0x4b000001,
  0x3f000000,
];
/** The upper halves of the same in double precision; the lower ones are random. */
const DOUBLES: readonly number[] = [
  0, -0x80000000, 0x3ff00000, 0x000fffff, 0x00100000, 0x7fefffff, 0x7ff00000, 0xfff00000,
  0x7ff80000, 0x7ff00001, 0x41dfffff, 0xc1e00000, 0x43e00000, 0xc3e00000, 0x380fffff, 0x36a00000,
  0x47efffff,
];
const BOXED = -1;

/** A value of an integer register. */
export function interestingWord(random: Random): Pair {
  if (random.once(3)) return random.pick(WORDS);
  if (random.once(3)) {
    const small = random.below(64) - 16;
    return [small, small >> 31];
  }
  return [random.bits(), random.once(2) ? random.bits() : 0];
}

/** A value of a floating-point register: of either precision, and now and then of none. */
export function interestingFloat(random: Random): Pair {
  switch (random.below(6)) {
    case 0:
      return [random.pick(SINGLES) | 0, BOXED];
    case 1:
      return [random.bits(), BOXED];
    case 2:
      // Near one another, so that sums cancel.
      return [(0x3f800000 + (random.bits() & 0x00ffffff)) | 0, BOXED];
    case 3:
      return [random.once(2) ? 0 : random.bits(), random.pick(DOUBLES) | 0];
    case 4:
      return [random.bits(), (0x3ff00000 + (random.bits() & 0x003fffff)) | 0];
    default:
      return [random.bits(), random.bits()];
  }
}
