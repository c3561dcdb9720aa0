import type { FloatContext } from "./float-context.ts";

/** Bits of a double's significand that a single has no room for, and the pattern that lies halfway. */
const BEYOND_SINGLE = 0x1fffffff;
const HALF_OF_SINGLE = 0x10000000;

/** Whether a number lies halfway between two normal singles. */
export function isHalfway(context: FloatContext, value: number): boolean {
  context.doubles[0] = value;
  return ((context.doubleBits[0] ?? 0) & BEYOND_SINGLE) === HALF_OF_SINGLE;
}
