import { f12, f3, f7, type Instruction, Opcode, rowsOf } from "./instruction.ts";
import {
  add,
  and,
  constant,
  type Effect,
  type Intrinsic,
  immediate,
  intrinsic,
  low,
  lt,
  ltu,
  not,
  or,
  rs1,
  rs2,
  select,
  signed,
  sll,
  sra,
  srl,
  unsigned,
  type Value,
  write,
  xor,
} from "./semantics.ts";

const { op, opImm, op32, opImm32 } = Opcode;
const only64 = { xlen: 64 } as const;
const only32 = { xlen: 32 } as const;

const a = rowsOf("zba");
const rs1Word = unsigned(low(rs1));
function shiftAdd(amount: number, of: Value): Effect {
  return write(add(sll(of, constant(amount)), rs2));
}

/** Address generation. */
export const ZBA: readonly Instruction[] = [
  ...[1, 2, 3].flatMap((amount) => [
    a.register(`sh${amount}add`, op | f7(0x10) | f3(2 * amount), shiftAdd(amount, rs1)),
    a.register(
      `sh${amount}add.uw`,
      op32 | f7(0x10) | f3(2 * amount),
      shiftAdd(amount, rs1Word),
      only64,
    ),
  ]),
  a.register("add.uw", op32 | f7(0x04), write(add(rs1Word, rs2)), only64),
  a.other("slli.uw", "rd, rs1, shift", opImm32 | f7(0x04) | f3(1), write(sll(rs1Word, immediate)), {
    ...only64,
    immediate: "shift6",
  }),
];

const b = rowsOf("zbb");
/** Counts: the third operand field says which. */
const COUNTS: readonly (readonly [string, number, Intrinsic])[] = [
  ["clz", 0x600, "countLeadingZeros"],
  ["ctz", 0x601, "countTrailingZeros"],
  ["cpop", 0x602, "countPopulation"],
];
/** The low bits of `rs1`, with their sign or zeros above. */
function extended(bits: number, shiftRight: (value: Value, amount: Value) => Value): Effect {
  const amount = constant(32 - bits, "w");
  return write(signed(shiftRight(sll(low(rs1), amount), amount)));
}

/** Basic bit manipulation. */
export const ZBB: readonly Instruction[] = [
  b.register("andn", op | f7(0x20) | f3(7), write(and(rs1, not(rs2)))),
  b.register("orn", op | f7(0x20) | f3(6), write(or(rs1, not(rs2)))),
  b.register("xnor", op | f7(0x20) | f3(4), write(not(xor(rs1, rs2)))),
  ...COUNTS.flatMap(([name, code, operation]) => [
    b.unary(name, opImm | f12(code) | f3(1), write(intrinsic(operation, rs1))),
    b.unary(
      `${name}w`,
      opImm32 | f12(code) | f3(1),
      write(signed(intrinsic(operation, low(rs1)))),
      only64,
    ),
  ]),
  b.register("max", op | f7(0x05) | f3(6), write(select(lt(rs1, rs2), rs2, rs1))),
  b.register("maxu", op | f7(0x05) | f3(7), write(select(ltu(rs1, rs2), rs2, rs1))),
  b.register("min", op | f7(0x05) | f3(4), write(select(lt(rs1, rs2), rs1, rs2))),
  b.register("minu", op | f7(0x05) | f3(5), write(select(ltu(rs1, rs2), rs1, rs2))),
  b.unary("sext.b", opImm | f12(0x604) | f3(1), extended(8, sra)),
  b.unary("sext.h", opImm | f12(0x605) | f3(1), extended(16, sra)),
  b.unary("zext.h", op | f12(0x080) | f3(4), extended(16, srl), only32),
  b.unary("zext.h", op32 | f12(0x080) | f3(4), extended(16, srl), only64),
  b.register("rol", op | f7(0x30) | f3(1), write(intrinsic("rotateLeft", rs1, rs2))),
  b.register("ror", op | f7(0x30) | f3(5), write(intrinsic("rotateRight", rs1, rs2))),
  ...b.shift("rori", opImm | f7(0x30) | f3(5), write(intrinsic("rotateRight", rs1, immediate))),
  b.register(
    "rolw",
    op32 | f7(0x30) | f3(1),
    write(signed(intrinsic("rotateLeft", low(rs1), low(rs2)))),
    only64,
  ),
  b.register(
    "rorw",
    op32 | f7(0x30) | f3(5),
    write(signed(intrinsic("rotateRight", low(rs1), low(rs2)))),
    only64,
  ),
  b.other(
    "roriw",
    "rd, rs1, shift",
    opImm32 | f7(0x30) | f3(5),
    write(signed(intrinsic("rotateRight", low(rs1), low(immediate)))),
    only64,
  ),
  b.unary("orc.b", opImm | f12(0x287) | f3(5), write(intrinsic("orCombine", rs1))),
  b.unary("rev8", opImm | f12(0x698) | f3(5), write(intrinsic("reverseBytes", rs1)), only32),
  b.unary("rev8", opImm | f12(0x6b8) | f3(5), write(intrinsic("reverseBytes", rs1)), only64),
];

const s = rowsOf("zbs");
const one = constant(1);
/** A row for a register and rows for an immediate. */
function singleBit(
  name: string,
  funct7: number,
  funct3: number,
  value: (index: Value) => Value,
): readonly Instruction[] {
  return [
    s.register(name, op | f7(funct7) | f3(funct3), write(value(rs2))),
    ...s.shift(`${name}i`, opImm | f7(funct7) | f3(funct3), write(value(immediate))),
  ];
}

/** Single bits. */
export const ZBS: readonly Instruction[] = [
  ...singleBit("bclr", 0x24, 1, (index) => and(rs1, not(sll(one, index)))),
  ...singleBit("bext", 0x24, 5, (index) => and(srl(rs1, index), one)),
  ...singleBit("binv", 0x34, 1, (index) => xor(rs1, sll(one, index))),
  ...singleBit("bset", 0x14, 1, (index) => or(rs1, sll(one, index))),
];
