import { f3, f7, type Instruction, Opcode, rowsOf } from "./instruction.ts";
import { type Intrinsic, intrinsic, low, rs1, rs2, signed, write } from "./semantics.ts";

const m = rowsOf("m");
const OPERATIONS: readonly (readonly [name: string, intrinsic: Intrinsic])[] = [
  ["mul", "multiply"],
  ["mulh", "multiplyHigh"],
  ["mulhsu", "multiplyHighSignedUnsigned"],
  ["mulhu", "multiplyHighUnsigned"],
  ["div", "divide"],
  ["divu", "divideUnsigned"],
  ["rem", "remainder"],
  ["remu", "remainderUnsigned"],
];
/** Those with a form for 32 bits. */
const WORD_OPERATIONS = [0, 4, 5, 6, 7] as const;

/** The multiplication extension; an operation's place in the list is its `funct3`. */
export const RV_M: readonly Instruction[] = [
  ...OPERATIONS.map(([name, operation], funct3) =>
    m.register(name, Opcode.op | f7(1) | f3(funct3), write(intrinsic(operation, rs1, rs2))),
  ),
  ...WORD_OPERATIONS.map((funct3) => {
    const [name, operation] = OPERATIONS[funct3] ?? ["", "multiply"];
    const value = signed(intrinsic(operation, low(rs1), low(rs2)));
    return m.register(`${name}w`, Opcode.op32 | f7(1) | f3(funct3), write(value), { xlen: 64 });
  }),
];
