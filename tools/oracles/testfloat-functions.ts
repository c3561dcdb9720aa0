import type { FloatUnit } from "../../packages/hw-riscv/src/float/float-unit.ts";

/** A function under TestFloat's name for it. */
export interface TestedFunction {
  readonly name: string;
  /** How many operands it takes. */
  readonly operands: number;
  /** Whether the rounding mode makes a difference. */
  readonly rounds: boolean;
  /**
   * Operands are in `words`, each as two, low half first. The result becomes `resultLow` and `resultHigh`; the latter is 0
   * where a result has at most 32 bits.
   */
  readonly compute: (unit: FloatUnit, words: Int32Array) => void;
}

/** Every function of TestFloat that the unit has. */
export const testedFunctions: readonly TestedFunction[] = [
  word("f32_add", 2, true, (unit, a, _, b) => unit.addF32(a, b)),
  word("f32_sub", 2, true, (unit, a, _, b) => unit.subF32(a, b)),
  word("f32_mul", 2, true, (unit, a, _, b) => unit.mulF32(a, b)),
  word("f32_div", 2, true, (unit, a, _, b) => unit.divF32(a, b)),
  word("f32_sqrt", 1, true, (unit, a) => unit.sqrtF32(a)),
  word("f32_mulAdd", 3, true, (unit, a, _, b, __, c) => unit.fmaddF32(a, b, c)),
  word("f32_eq", 2, false, (unit, a, _, b) => unit.eqF32(a, b)),
  word("f32_lt", 2, false, (unit, a, _, b) => unit.ltF32(a, b)),
  word("f32_le", 2, false, (unit, a, _, b) => unit.leF32(a, b)),
  pair("f64_add", 2, true, (unit, a, aHigh, b, bHigh) => {
    unit.addF64(a, aHigh, b, bHigh);
  }),
  pair("f64_sub", 2, true, (unit, a, aHigh, b, bHigh) => {
    unit.subF64(a, aHigh, b, bHigh);
  }),
  pair("f64_mul", 2, true, (unit, a, aHigh, b, bHigh) => {
    unit.mulF64(a, aHigh, b, bHigh);
  }),
  pair("f64_div", 2, true, (unit, a, aHigh, b, bHigh) => {
    unit.divF64(a, aHigh, b, bHigh);
  }),
  pair("f64_sqrt", 1, true, (unit, a, aHigh) => {
    unit.sqrtF64(a, aHigh);
  }),
  pair("f64_mulAdd", 3, true, (unit, a, aHigh, b, bHigh, c, cHigh) => {
    unit.fmaddF64(a, aHigh, b, bHigh, c, cHigh);
  }),
  word("f64_eq", 2, false, (unit, a, aHigh, b, bHigh) => unit.eqF64(a, aHigh, b, bHigh)),
  word("f64_lt", 2, false, (unit, a, aHigh, b, bHigh) => unit.ltF64(a, aHigh, b, bHigh)),
  word("f64_le", 2, false, (unit, a, aHigh, b, bHigh) => unit.leF64(a, aHigh, b, bHigh)),
  pair("f32_to_f64", 1, false, (unit, a) => {
    unit.f32ToF64(a);
  }),
  word("f64_to_f32", 1, true, (unit, a, aHigh) => unit.f64ToF32(a, aHigh)),
  word("f32_to_i32", 1, true, (unit, a) => unit.f32ToI32(a)),
  word("f32_to_ui32", 1, true, (unit, a) => unit.f32ToU32(a)),
  pair("f32_to_i64", 1, true, (unit, a) => {
    unit.f32ToI64(a);
  }),
  pair("f32_to_ui64", 1, true, (unit, a) => {
    unit.f32ToU64(a);
  }),
  word("f64_to_i32", 1, true, (unit, a, aHigh) => unit.f64ToI32(a, aHigh)),
  word("f64_to_ui32", 1, true, (unit, a, aHigh) => unit.f64ToU32(a, aHigh)),
  pair("f64_to_i64", 1, true, (unit, a, aHigh) => {
    unit.f64ToI64(a, aHigh);
  }),
  pair("f64_to_ui64", 1, true, (unit, a, aHigh) => {
    unit.f64ToU64(a, aHigh);
  }),
  word("i32_to_f32", 1, true, (unit, value) => unit.i32ToF32(value)),
  word("ui32_to_f32", 1, true, (unit, value) => unit.u32ToF32(value)),
  word("i64_to_f32", 1, true, (unit, low, high) => unit.i64ToF32(low, high)),
  word("ui64_to_f32", 1, true, (unit, low, high) => unit.u64ToF32(low, high)),
  pair("i32_to_f64", 1, false, (unit, value) => {
    unit.i32ToF64(value);
  }),
  pair("ui32_to_f64", 1, false, (unit, value) => {
    unit.u32ToF64(value);
  }),
  pair("i64_to_f64", 1, true, (unit, low, high) => {
    unit.i64ToF64(low, high);
  }),
  pair("ui64_to_f64", 1, true, (unit, low, high) => {
    unit.u64ToF64(low, high);
  }),
];

/** What a method of the unit gives: a word, or nothing when the result is a pair in its fields. */
type Method<T> = (
  unit: FloatUnit,
  a: number,
  aHigh: number,
  b: number,
  bHigh: number,
  c: number,
  cHigh: number,
) => T;

/** A function whose result is one word. */
export function word(
  name: string,
  operands: number,
  rounds: boolean,
  method: Method<number>,
): TestedFunction {
  return {
    name,
    operands,
    rounds,
    compute(unit, words) {
      unit.resultLow = apply(unit, words, method);
      unit.resultHigh = 0;
    },
  };
}

/** A function whose result is the pair in the fields of the unit. */
export function pair(
  name: string,
  operands: number,
  rounds: boolean,
  method: Method<void>,
): TestedFunction {
  return {
    name,
    operands,
    rounds,
    compute(unit, words) {
      apply(unit, words, method);
    },
  };
}

function apply<T>(unit: FloatUnit, words: Int32Array, method: Method<T>): T {
  const [a = 0, aHigh = 0, b = 0, bHigh = 0, c = 0, cHigh = 0] = words;
  return method(unit, a, aHigh, b, bHigh, c, cHigh);
}
