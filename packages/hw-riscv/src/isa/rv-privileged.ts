import { f3, type Instruction, Opcode, rowsOf } from "./instruction.ts";
import { type Effect, system } from "./semantics.ts";

const zicsr = rowsOf("zicsr");
const privileged = rowsOf("i");
const { system: opcode } = Opcode;

function csr(change: "write" | "set" | "clear", source: "rs1" | "immediate"): Effect {
  return { kind: "csr", change, source };
}

/** Control and status registers. */
export const ZICSR: readonly Instruction[] = [
  zicsr.other("csrrw", "rd, csr, rs1", opcode | f3(1), csr("write", "rs1")),
  zicsr.other("csrrs", "rd, csr, rs1", opcode | f3(2), csr("set", "rs1")),
  zicsr.other("csrrc", "rd, csr, rs1", opcode | f3(3), csr("clear", "rs1")),
  zicsr.other("csrrwi", "rd, csr, zimm", opcode | f3(5), csr("write", "immediate")),
  zicsr.other("csrrsi", "rd, csr, zimm", opcode | f3(6), csr("set", "immediate")),
  zicsr.other("csrrci", "rd, csr, zimm", opcode | f3(7), csr("clear", "immediate")),
];

/** Instructions of the privileged specification, and `hosted`. */
export const PRIVILEGED: readonly Instruction[] = [
  privileged.other("sret", "", 0x10200000 | opcode, system("sret")),
  privileged.other("mret", "", 0x30200000 | opcode, system("mret")),
  privileged.other("wfi", "", 0x10500000 | opcode, system("wfi")),
  privileged.other("sfence.vma", "rs1, rs2", 0x12000000 | opcode, system("sfenceVma"), {
    immediate: "word",
  }),
  // Hosted threads are programs for RV32.
  privileged.other("hosted", "entry", Opcode.custom0, system("hosted"), { xlen: 32 }),
];
