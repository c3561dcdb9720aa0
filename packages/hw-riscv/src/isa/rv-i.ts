import { f3, f7, type Instruction, Opcode, rowsOf } from "./instruction.ts";
import {
  add,
  and,
  branch,
  type Condition,
  eq,
  flag,
  ge,
  geu,
  immediate,
  load,
  low,
  lt,
  ltu,
  ne,
  nothing,
  or,
  pc,
  rs1,
  rs2,
  signed,
  sll,
  sra,
  srl,
  store,
  sub,
  system,
  write,
  xor,
} from "./semantics.ts";

const i = rowsOf("i");
const { op, opImm, op32, opImm32 } = Opcode;

function branchIf(name: string, funct3: number, condition: Condition): Instruction {
  return i.other(name, "rs1, rs2, target", f3(funct3) | Opcode.branch, branch(condition));
}
function loadOf(
  name: string,
  funct3: number,
  bytes: 1 | 2 | 4 | 8,
  isSigned: boolean,
  xlen?: 64,
): Instruction {
  const match = f3(funct3) | Opcode.load;
  return i.other(name, "rd, offset(rs1)", match, load(bytes, isSigned), xlen && { xlen });
}
function storeOf(name: string, funct3: number, bytes: 1 | 2 | 4 | 8, xlen?: 64): Instruction {
  const match = f3(funct3) | Opcode.store;
  return i.other(name, "rs2, offset(rs1)", match, store(bytes), {
    immediate: "S",
    ...(xlen && { xlen }),
  });
}

const rs1Low = low(rs1);
const rs2Low = low(rs2);
const immediateLow = low(immediate);
const only64 = { xlen: 64 } as const;

/** RV32I and RV64I, with Zifencei. */
export const RV_I: readonly Instruction[] = [
  i.other("lui", "rd, upper", Opcode.lui, write(immediate)),
  i.other("auipc", "rd, upper", Opcode.auipc, write(add(pc, immediate))),
  i.other("jal", "rd, target", Opcode.jal, { kind: "jump", target: "pc" }, { immediate: "J" }),
  i.other("jalr", "rd, offset(rs1)", Opcode.jalr, { kind: "jump", target: "rs1" }),
  branchIf("beq", 0, eq(rs1, rs2)),
  branchIf("bne", 1, ne(rs1, rs2)),
  branchIf("blt", 4, lt(rs1, rs2)),
  branchIf("bge", 5, ge(rs1, rs2)),
  branchIf("bltu", 6, ltu(rs1, rs2)),
  branchIf("bgeu", 7, geu(rs1, rs2)),
  loadOf("lb", 0, 1, true),
  loadOf("lh", 1, 2, true),
  loadOf("lw", 2, 4, true),
  loadOf("ld", 3, 8, true, 64),
  loadOf("lbu", 4, 1, false),
  loadOf("lhu", 5, 2, false),
  loadOf("lwu", 6, 4, false, 64),
  storeOf("sb", 0, 1),
  storeOf("sh", 1, 2),
  storeOf("sw", 2, 4),
  storeOf("sd", 3, 8, 64),
  i.immediate("addi", opImm | f3(0), write(add(rs1, immediate))),
  i.immediate("slti", opImm | f3(2), write(flag(lt(rs1, immediate)))),
  i.immediate("sltiu", opImm | f3(3), write(flag(ltu(rs1, immediate)))),
  i.immediate("xori", opImm | f3(4), write(xor(rs1, immediate))),
  i.immediate("ori", opImm | f3(6), write(or(rs1, immediate))),
  i.immediate("andi", opImm | f3(7), write(and(rs1, immediate))),
  ...i.shift("slli", opImm | f3(1), write(sll(rs1, immediate))),
  ...i.shift("srli", opImm | f3(5), write(srl(rs1, immediate))),
  ...i.shift("srai", opImm | f3(5) | f7(0x20), write(sra(rs1, immediate))),
  i.register("add", op | f3(0), write(add(rs1, rs2))),
  i.register("sub", op | f3(0) | f7(0x20), write(sub(rs1, rs2))),
  i.register("sll", op | f3(1), write(sll(rs1, rs2))),
  i.register("slt", op | f3(2), write(flag(lt(rs1, rs2)))),
  i.register("sltu", op | f3(3), write(flag(ltu(rs1, rs2)))),
  i.register("xor", op | f3(4), write(xor(rs1, rs2))),
  i.register("srl", op | f3(5), write(srl(rs1, rs2))),
  i.register("sra", op | f3(5) | f7(0x20), write(sra(rs1, rs2))),
  i.register("or", op | f3(6), write(or(rs1, rs2))),
  i.register("and", op | f3(7), write(and(rs1, rs2))),
  // rd and rs1 of a fence are reserved and ignored, as is fm.
  i.other("fence", "pred, succ", Opcode.miscMem | f3(0), nothing, { ignored: 0xf00f8f80 }),
  // Stores to decoded pages are noticed when they happen: nothing is left to do.
  i.other("fence.i", "", Opcode.miscMem | f3(1), nothing, { ignored: 0xffff8f80 }),
  i.other("ecall", "", Opcode.system, system("ecall")),
  i.other("ebreak", "", Opcode.system | 0x00100000, system("ebreak")),
  i.immediate("addiw", opImm32 | f3(0), write(signed(add(rs1Low, immediateLow))), only64),
  i.other(
    "slliw",
    "rd, rs1, shift",
    opImm32 | f3(1),
    write(signed(sll(rs1Low, immediateLow))),
    only64,
  ),
  i.other(
    "srliw",
    "rd, rs1, shift",
    opImm32 | f3(5),
    write(signed(srl(rs1Low, immediateLow))),
    only64,
  ),
  i.other(
    "sraiw",
    "rd, rs1, shift",
    opImm32 | f3(5) | f7(0x20),
    write(signed(sra(rs1Low, immediateLow))),
    only64,
  ),
  i.register("addw", op32 | f3(0), write(signed(add(rs1Low, rs2Low))), only64),
  i.register("subw", op32 | f3(0) | f7(0x20), write(signed(sub(rs1Low, rs2Low))), only64),
  i.register("sllw", op32 | f3(1), write(signed(sll(rs1Low, rs2Low))), only64),
  i.register("srlw", op32 | f3(5), write(signed(srl(rs1Low, rs2Low))), only64),
  i.register("sraw", op32 | f3(5) | f7(0x20), write(signed(sra(rs1Low, rs2Low))), only64),
];
