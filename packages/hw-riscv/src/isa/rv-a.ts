import { f3, type Instruction, Opcode, rowsOf } from "./instruction.ts";
import {
  add,
  and,
  type Effect,
  lt,
  ltu,
  memory,
  or,
  low,
  rs2,
  select,
  type Value,
  type Width,
  xor,
} from "./semantics.ts";

const a = rowsOf("a");
/** `aq` and `rl`: memory is always in order. */
const ORDERING = 3 << 25;

/** `funct5` and result of the read-modify-write operations. */
const OPERATIONS: readonly (readonly [string, number, (old: Value, operand: Value) => Value])[] = [
  ["amoadd", 0x00, add],
  ["amoswap", 0x01, (_old, operand): Value => operand],
  ["amoxor", 0x04, xor],
  ["amoor", 0x08, or],
  ["amoand", 0x0c, and],
  ["amomin", 0x10, (old, operand): Value => select(lt(old, operand), old, operand)],
  ["amomax", 0x14, (old, operand): Value => select(lt(old, operand), operand, old)],
  ["amominu", 0x18, (old, operand): Value => select(ltu(old, operand), old, operand)],
  ["amomaxu", 0x1c, (old, operand): Value => select(ltu(old, operand), operand, old)],
];

function rowsOfWidth(bytes: 4 | 8): readonly Instruction[] {
  const [suffix, width, operand]: readonly [string, Width, Value] =
    bytes === 4 ? ["w", "w", low(rs2)] : ["d", "x", rs2];
  const options = { ignored: ORDERING, ...(bytes === 8 ? { xlen: 64 as const } : {}) };
  const one = (name: string, syntax: string, funct5: number, effect: Effect): Instruction => {
    const match = (funct5 << 27) | f3(bytes === 4 ? 2 : 3) | Opcode.amo;
    return a.other(`${name}.${suffix}`, syntax, match, effect, options);
  };
  return [
    one("lr", "rd, (rs1)", 0x02, { kind: "loadReserved", bytes }),
    one("sc", "rd, rs2, (rs1)", 0x03, { kind: "storeConditional", bytes }),
    ...OPERATIONS.map(([name, funct5, result]) =>
      one(name, "rd, rs2, (rs1)", funct5, {
        kind: "atomic",
        bytes,
        result: result(memory(width), operand),
      }),
    ),
  ];
}

/** The atomic extension. */
export const RV_A: readonly Instruction[] = [...rowsOfWidth(4), ...rowsOfWidth(8)];
