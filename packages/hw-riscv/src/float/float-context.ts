/** Rounding modes, with the numbers of the field `rm` and of the register `frm` (RISC-V unprivileged, table "Rounding mode encoding"). */
export const RoundingMode = {
  /** To nearest, ties to even. */
  RNE: 0,
  /** Towards zero. */
  RTZ: 1,
  /** Down, towards -∞. */
  RDN: 2,
  /** Up, towards +∞. */
  RUP: 3,
  /** To nearest, ties away from zero. */
  RMM: 4,
} as const;
export type RoundingMode = (typeof RoundingMode)[keyof typeof RoundingMode];

/** Accrued exceptions, as bits of the register `fflags`. */
export const FloatFlag = {
  /** Inexact. */
  NX: 1,
  /** Underflow: tiny after rounding, and inexact. */
  UF: 2,
  /** Overflow. */
  OF: 4,
  /** Division of a finite number by zero. */
  DZ: 8,
  /** Invalid operation. */
  NV: 16,
} as const;

/** The quiet NaN that every operation gives: positive, only the first bit of the fraction set. */
export const CANONICAL_NAN_F32 = 0x7fc00000;
/** High half of the double-precision canonical NaN; its low half is 0. */
export const CANONICAL_NAN_F64_HIGH = 0x7ff80000;

/**
 * What operations read and leave behind besides their operands.
 *
 * The typed arrays turn bits into numbers of the host and back without allocating. Their halves are those of a
 * little-endian host, low first. A NaN never goes through them on its way to a result: hosts may change its bits.
 */
export class FloatContext {
  /** How the next operation rounds. */
  roundingMode: RoundingMode;
  /** Accrued exceptions, bits of {@link FloatFlag}; operations only set them. */
  flags: number;
  /** Low half of the last 64-bit result, signed. */
  resultLow: number;
  /** High half of the last 64-bit result, signed. */
  resultHigh: number;
  /** Whether arithmetic of the host may be used where it is exact or rounds alike; never changes what is computed. */
  readonly usesHost: boolean;
  /** Scratch: operands in double precision. */
  readonly doubles: Float64Array;
  /** Scratch: the bits of {@link doubles}, low half first. */
  readonly doubleBits: Int32Array;
  /** Scratch: operands in single precision. */
  readonly singles: Float32Array;
  /** Scratch: the bits of {@link singles}. */
  readonly singleBits: Int32Array;

  /** @param usesHost - `false` computes everything with integers: slowly, to compare with */
  constructor(usesHost = true) {
    this.roundingMode = RoundingMode.RNE;
    this.flags = 0;
    this.resultLow = 0;
    this.resultHigh = 0;
    this.usesHost = usesHost;
    this.doubles = new Float64Array(3);
    this.doubleBits = new Int32Array(this.doubles.buffer);
    this.singles = new Float32Array(3);
    this.singleBits = new Int32Array(this.singles.buffer);
  }
}

/** The number behind single-precision bits. */
export function single(context: FloatContext, bits: number): number {
  context.singleBits[0] = bits;
  return context.singles[0] ?? 0;
}

/** The bits of a number that has single precision. */
export function singleBits(context: FloatContext, value: number): number {
  context.singles[0] = value;
  return context.singleBits[0] ?? 0;
}

/** The number behind double-precision bits. */
export function double(context: FloatContext, low: number, high: number): number {
  context.doubleBits[0] = low;
  context.doubleBits[1] = high;
  return context.doubles[0] ?? 0;
}

/** Makes a number the result. */
export function setDouble(context: FloatContext, value: number): void {
  context.doubles[0] = value;
  context.resultLow = context.doubleBits[0] ?? 0;
  context.resultHigh = context.doubleBits[1] ?? 0;
}

/** Makes 64 bits the result. */
export function setResult(context: FloatContext, low: number, high: number): void {
  context.resultLow = low;
  context.resultHigh = high;
}
