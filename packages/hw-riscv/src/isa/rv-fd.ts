import { f12, f3, f7, type Instruction, Opcode, rowsOf, type Xlen } from "./instruction.ts";
import type { FloatEffect } from "./semantics.ts";

/** Precision: the suffix of names, the field `fmt`, bytes, and the extension. */
interface Precision {
  readonly suffix: "s" | "d";
  readonly format: 0 | 1;
  readonly bytes: 4 | 8;
  readonly bits: 32 | 64;
  readonly rows: ReturnType<typeof rowsOf>;
}

const SINGLE: Precision = { suffix: "s", format: 0, bytes: 4, bits: 32, rows: rowsOf("f") };
const DOUBLE: Precision = { suffix: "d", format: 1, bytes: 8, bits: 64, rows: rowsOf("d") };

/** Integers that conversions read and write: letters of names, the field `rs2`, and where they exist. */
const INTEGERS: readonly (readonly [string, number, "I32" | "U32" | "I64" | "U64", Xlen?])[] = [
  ["w", 0, "I32"],
  ["wu", 1, "U32"],
  ["l", 2, "I64", 64],
  ["lu", 3, "U64", 64],
];

const { opFp } = Opcode;

function float(effect: Omit<FloatEffect, "kind">): FloatEffect {
  return { kind: "float", ...effect };
}

/** Rows that both precisions have. */
function rowsOfPrecision({ suffix, format, bytes, bits, rows }: Precision): readonly Instruction[] {
  const name = (stem: string): string => `${stem}.${suffix}`;
  const code = (funct5: number): number => opFp | f7((funct5 << 2) | format);
  const letter = bits === 32 ? "w" : "d";
  const type = `F${bits}` as const;
  /** `fd, fs1, fs2, rm` */
  const arithmetic = (stem: string, funct5: number): Instruction =>
    rows.other(
      name(`f${stem}`),
      "fd, fs1, fs2, rm",
      code(funct5),
      float({
        operation: `${stem}${type}`,
        operands: [type, type],
        result: type,
        isRounded: true,
      }),
    );
  /** `fd, fs1, fs2`, told apart by `funct3`. */
  const pick = (stem: string, funct5: number, funct3: number): Instruction =>
    rows.other(
      name(`f${stem}`),
      "fd, fs1, fs2",
      code(funct5) | f3(funct3),
      float({
        operation: `${stem}${type}`,
        operands: [type, type],
        result: type,
      }),
    );
  const compare = (stem: string, funct3: number): Instruction =>
    rows.other(
      name(`f${stem}`),
      "rd, fs1, fs2",
      code(0x14) | f3(funct3),
      float({
        operation: `${stem}${type}`,
        operands: [type, type],
        result: "I32",
      }),
    );
  const fused = (stem: string, opcode: number): Instruction =>
    rows.other(
      name(`f${stem}`),
      "fd, fs1, fs2, fs3, rm",
      opcode | (format << 25),
      float({
        operation: `f${stem}${type}`,
        operands: [type, type, type],
        result: type,
        isRounded: true,
      }),
    );
  return [
    rows.other(`fl${letter}`, "fd, offset(rs1)", Opcode.loadFp | f3(bytes === 4 ? 2 : 3), {
      kind: "floatLoad",
      bytes,
    }),
    rows.other(
      `fs${letter}`,
      "fs2, offset(rs1)",
      Opcode.storeFp | f3(bytes === 4 ? 2 : 3),
      { kind: "floatStore", bytes },
      { immediate: "S" },
    ),
    fused("madd", Opcode.madd),
    fused("msub", Opcode.msub),
    fused("nmsub", Opcode.nmsub),
    fused("nmadd", Opcode.nmadd),
    arithmetic("add", 0x00),
    arithmetic("sub", 0x01),
    arithmetic("mul", 0x02),
    arithmetic("div", 0x03),
    rows.other(
      name("fsqrt"),
      "fd, fs1, rm",
      code(0x0b),
      float({
        operation: `sqrt${type}`,
        operands: [type],
        result: type,
        isRounded: true,
      }),
    ),
    pick("sgnj", 0x04, 0),
    pick("sgnjn", 0x04, 1),
    pick("sgnjx", 0x04, 2),
    pick("min", 0x05, 0),
    pick("max", 0x05, 1),
    compare("le", 0),
    compare("lt", 1),
    compare("eq", 2),
    rows.other(
      name("fclass"),
      "rd, fs1",
      code(0x1c) | f3(1),
      float({
        operation: `class${type}`,
        operands: [type],
        result: "I32",
      }),
    ),
    ...INTEGERS.flatMap(([letters, field, integer, xlen]) => {
      const options = xlen === undefined ? {} : { xlen };
      return [
        rows.other(
          `fcvt.${letters}.${suffix}`,
          "rd, fs1, rm",
          code(0x18) | f12(field),
          float({
            operation: `f${bits}To${integer}`,
            operands: [type],
            result: integer,
            isRounded: true,
          }),
          options,
        ),
        rows.other(
          `fcvt.${suffix}.${letters}`,
          isExact(type, integer) ? "fd, rs1" : "fd, rs1, rm",
          code(0x1a) | f12(field),
          float({
            operation: `${integer.toLowerCase()}To${type}`,
            operands: [integer],
            result: type,
            isRounded: true,
          }),
          isExact(type, integer) ? { ...options, ignored: 7 << 12, immediate: "word" } : options,
        ),
      ];
    }),
  ];
}

/** Every 32-bit integer is a double: assemblers know no rounding mode there. */
function isExact(type: string, integer: string): boolean {
  return type === "F64" && integer.endsWith("32");
}

/** The F extension. */
export const RV_F: readonly Instruction[] = [
  ...rowsOfPrecision(SINGLE),
  SINGLE.rows.other("fmv.x.w", "rd, fs1", opFp | f7(0x70), {
    kind: "floatMove",
    bytes: 4,
    to: "integer",
  }),
  SINGLE.rows.other("fmv.w.x", "fd, rs1", opFp | f7(0x78), {
    kind: "floatMove",
    bytes: 4,
    to: "float",
  }),
];

/** The D extension. */
export const RV_D: readonly Instruction[] = [
  ...rowsOfPrecision(DOUBLE),
  DOUBLE.rows.other(
    "fcvt.s.d",
    "fd, fs1, rm",
    opFp | f7(0x20) | f12(1),
    float({
      operation: "f64ToF32",
      operands: ["F64"],
      result: "F32",
      isRounded: true,
    }),
  ),
  DOUBLE.rows.other(
    "fcvt.d.s",
    "fd, fs1",
    opFp | f7(0x21),
    float({
      operation: "f32ToF64",
      operands: ["F32"],
      result: "F64",
      isRounded: true,
    }),
    { ignored: 7 << 12, immediate: "word" },
  ),
  DOUBLE.rows.other(
    "fmv.x.d",
    "rd, fs1",
    opFp | f7(0x71),
    { kind: "floatMove", bytes: 8, to: "integer" },
    { xlen: 64 },
  ),
  DOUBLE.rows.other(
    "fmv.d.x",
    "fd, rs1",
    opFp | f7(0x79),
    { kind: "floatMove", bytes: 8, to: "float" },
    { xlen: 64 },
  ),
];
