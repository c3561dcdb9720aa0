import { addF32, divF32, fmaddF32, mulF32, sqrtF32 } from "./arithmetic-f32.ts";
import { addF64, divF64, mulF64, sqrtF64 } from "./arithmetic-f64.ts";
import { f32ToF64, f64ToF32 } from "./between-formats.ts";
import { classF32, classF64 } from "./classify.ts";
import {
  eqF32,
  eqF64,
  leF32,
  leF64,
  ltF32,
  ltF64,
  maxF32,
  maxF64,
  minF32,
  minF64,
} from "./compare.ts";
import { double, FloatContext, setResult, single } from "./float-context.ts";
import { fmaddF64 } from "./fmadd-f64.ts";
import { integer32ToF32, integer32ToF64, integer64ToF32, integer64ToF64 } from "./from-integer.ts";
import { toI32, toI64, toU32, toU64 } from "./to-integer.ts";

/** The sign bit of a single, or of the high half of a double. */
const SIGN = 0x80000000 | 0;

/**
 * The arithmetic of RISC-V's F and D extensions: IEEE 754-2008, in all five rounding modes and with all five exceptions,
 * underflow told after rounding, every NaN result canonical. Source: The RISC-V Instruction Set Manual, volume I,
 * "F" and "D" Standard Extensions, version 2.2; checked against Berkeley TestFloat (`docs/oracles.md`).
 *
 * Only arithmetic: operands and results are bits, and registers, NaN boxing, the field `rm` and the CSRs are the hart's.
 * Single precision is one signed 32-bit number. Double precision and 64-bit integers are two, low half first; as results
 * they are `resultLow` and `resultHigh`, and hold until the next operation. Moves between registers are copies of bits,
 * and have no operation here.
 *
 * Internal to the package.
 */
export class FloatUnit extends FloatContext {
  /** `FADD.S`: `a + b`. */
  addF32(a: number, b: number): number {
    return addF32(this, a, b);
  }

  /** `FADD.D`: `a + b`. */
  addF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    addF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FSUB.S`: `a - b`. */
  subF32(a: number, b: number): number {
    return addF32(this, a, b ^ SIGN);
  }

  /** `FSUB.D`: `a - b`. */
  subF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    addF64(this, aLow, aHigh, bLow, bHigh ^ SIGN);
  }

  /** `FMUL.S`: `a * b`. */
  mulF32(a: number, b: number): number {
    return mulF32(this, a, b);
  }

  /** `FMUL.D`: `a * b`. */
  mulF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    mulF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FDIV.S`: `a / b`. */
  divF32(a: number, b: number): number {
    return divF32(this, a, b);
  }

  /** `FDIV.D`: `a / b`. */
  divF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    divF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FSQRT.S`. */
  sqrtF32(a: number): number {
    return sqrtF32(this, a);
  }

  /** `FSQRT.D`. */
  sqrtF64(aLow: number, aHigh: number): void {
    sqrtF64(this, aLow, aHigh);
  }

  /** `FMADD.S`: `a * b + c`, rounded once. */
  fmaddF32(a: number, b: number, c: number): number {
    return fmaddF32(this, a, b, c);
  }

  /** `FMADD.D`: `a * b + c`, rounded once. */
  fmaddF64(
    aLow: number,
    aHigh: number,
    bLow: number,
    bHigh: number,
    cLow: number,
    cHigh: number,
  ): void {
    fmaddF64(this, aLow, aHigh, bLow, bHigh, cLow, cHigh);
  }

  /** `FMSUB.S`: `a * b - c`, rounded once. */
  fmsubF32(a: number, b: number, c: number): number {
    return fmaddF32(this, a, b, c ^ SIGN);
  }

  /** `FMSUB.D`: `a * b - c`, rounded once. */
  fmsubF64(
    aLow: number,
    aHigh: number,
    bLow: number,
    bHigh: number,
    cLow: number,
    cHigh: number,
  ): void {
    fmaddF64(this, aLow, aHigh, bLow, bHigh, cLow, cHigh ^ SIGN);
  }

  /** `FNMSUB.S`: `-(a * b) + c`, rounded once. */
  fnmsubF32(a: number, b: number, c: number): number {
    return fmaddF32(this, a ^ SIGN, b, c);
  }

  /** `FNMSUB.D`: `-(a * b) + c`, rounded once. */
  fnmsubF64(
    aLow: number,
    aHigh: number,
    bLow: number,
    bHigh: number,
    cLow: number,
    cHigh: number,
  ): void {
    fmaddF64(this, aLow, aHigh ^ SIGN, bLow, bHigh, cLow, cHigh);
  }

  /** `FNMADD.S`: `-(a * b) - c`, rounded once. */
  fnmaddF32(a: number, b: number, c: number): number {
    return fmaddF32(this, a ^ SIGN, b, c ^ SIGN);
  }

  /** `FNMADD.D`: `-(a * b) - c`, rounded once. */
  fnmaddF64(
    aLow: number,
    aHigh: number,
    bLow: number,
    bHigh: number,
    cLow: number,
    cHigh: number,
  ): void {
    fmaddF64(this, aLow, aHigh ^ SIGN, bLow, bHigh, cLow, cHigh ^ SIGN);
  }

  /** `FSGNJ.S`: `a` with the sign of `b`. */
  sgnjF32(a: number, b: number): number {
    return (a & ~SIGN) | (b & SIGN);
  }

  /** `FSGNJ.D`: `a` with the sign of `b`. */
  sgnjF64(aLow: number, aHigh: number, bHigh: number): void {
    setResult(this, aLow, (aHigh & ~SIGN) | (bHigh & SIGN));
  }

  /** `FSGNJN.S`: `a` with the other sign than `b`'s. */
  sgnjnF32(a: number, b: number): number {
    return (a & ~SIGN) | (~b & SIGN);
  }

  /** `FSGNJN.D`: `a` with the other sign than `b`'s. */
  sgnjnF64(aLow: number, aHigh: number, bHigh: number): void {
    setResult(this, aLow, (aHigh & ~SIGN) | (~bHigh & SIGN));
  }

  /** `FSGNJX.S`: `a`, its sign changed when `b` is negative. */
  sgnjxF32(a: number, b: number): number {
    return a ^ (b & SIGN);
  }

  /** `FSGNJX.D`: `a`, its sign changed when `b` is negative. */
  sgnjxF64(aLow: number, aHigh: number, bHigh: number): void {
    setResult(this, aLow, aHigh ^ (bHigh & SIGN));
  }

  /** `FMIN.S`: the lesser number; a NaN loses, -0 is below +0. */
  minF32(a: number, b: number): number {
    return minF32(this, a, b);
  }

  /** `FMIN.D`: the lesser number; a NaN loses, -0 is below +0. */
  minF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    minF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FMAX.S`: the greater number; a NaN loses, +0 is above -0. */
  maxF32(a: number, b: number): number {
    return maxF32(this, a, b);
  }

  /** `FMAX.D`: the greater number; a NaN loses, +0 is above -0. */
  maxF64(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    maxF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FEQ.S`: 1 when `a === b`, quiet. */
  eqF32(a: number, b: number): number {
    return eqF32(this, a, b);
  }

  /** `FEQ.D`: 1 when `a === b`, quiet. */
  eqF64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
    return eqF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FLT.S`: 1 when `a < b`, signaling. */
  ltF32(a: number, b: number): number {
    return ltF32(this, a, b);
  }

  /** `FLT.D`: 1 when `a < b`, signaling. */
  ltF64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
    return ltF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FLE.S`: 1 when `a <= b`, signaling. */
  leF32(a: number, b: number): number {
    return leF32(this, a, b);
  }

  /** `FLE.D`: 1 when `a <= b`, signaling. */
  leF64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
    return leF64(this, aLow, aHigh, bLow, bHigh);
  }

  /** `FCLASS.S`: the bit of the class. */
  classF32(a: number): number {
    return classF32(a);
  }

  /** `FCLASS.D`: the bit of the class. */
  classF64(aLow: number, aHigh: number): number {
    return classF64(aLow, aHigh);
  }

  /** `FCVT.D.S`. */
  f32ToF64(a: number): void {
    f32ToF64(this, a);
  }

  /** `FCVT.S.D`. */
  f64ToF32(aLow: number, aHigh: number): number {
    return f64ToF32(this, aLow, aHigh);
  }

  /** `FCVT.W.S`. */
  f32ToI32(a: number): number {
    return toI32(this, single(this, a));
  }

  /** `FCVT.W.D`. */
  f64ToI32(aLow: number, aHigh: number): number {
    return toI32(this, double(this, aLow, aHigh));
  }

  /** `FCVT.WU.S`; its bits as a signed number, which RV64 extends. */
  f32ToU32(a: number): number {
    return toU32(this, single(this, a));
  }

  /** `FCVT.WU.D`; its bits as a signed number, which RV64 extends. */
  f64ToU32(aLow: number, aHigh: number): number {
    return toU32(this, double(this, aLow, aHigh));
  }

  /** `FCVT.L.S`. */
  f32ToI64(a: number): void {
    toI64(this, single(this, a));
  }

  /** `FCVT.L.D`. */
  f64ToI64(aLow: number, aHigh: number): void {
    toI64(this, double(this, aLow, aHigh));
  }

  /** `FCVT.LU.S`. */
  f32ToU64(a: number): void {
    toU64(this, single(this, a));
  }

  /** `FCVT.LU.D`. */
  f64ToU64(aLow: number, aHigh: number): void {
    toU64(this, double(this, aLow, aHigh));
  }

  /** `FCVT.S.W`. */
  i32ToF32(value: number): number {
    return integer32ToF32(this, value | 0);
  }

  /** `FCVT.S.WU`. */
  u32ToF32(value: number): number {
    return integer32ToF32(this, value >>> 0);
  }

  /** `FCVT.S.L`. */
  i64ToF32(low: number, high: number): number {
    return integer64ToF32(this, low, high | 0);
  }

  /** `FCVT.S.LU`. */
  u64ToF32(low: number, high: number): number {
    return integer64ToF32(this, low, high >>> 0);
  }

  /** `FCVT.D.W`. */
  i32ToF64(value: number): void {
    integer32ToF64(this, value | 0);
  }

  /** `FCVT.D.WU`. */
  u32ToF64(value: number): void {
    integer32ToF64(this, value >>> 0);
  }

  /** `FCVT.D.L`. */
  i64ToF64(low: number, high: number): void {
    integer64ToF64(this, low, high | 0);
  }

  /** `FCVT.D.LU`. */
  u64ToF64(low: number, high: number): void {
    integer64ToF64(this, low, high >>> 0);
  }
}
