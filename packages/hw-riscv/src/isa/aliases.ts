import { Csr } from "../csr-numbers.ts";
import { immediateBits, placeImmediate, placeRegister, registerBits } from "./fields.ts";
import type { Instruction } from "./instruction.ts";
import { INSTRUCTIONS } from "./table.ts";

/** Operands that an alias fixes. */
interface Fixed {
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly immediate?: number;
  readonly csr?: number;
  /** Predecessor and successor of a fence, and its mode. */
  readonly fence?: number;
}

/** Another name for an instruction with some operands fixed, as assemblers and disassemblers have them. */
export interface Alias {
  readonly name: string;
  readonly syntax: string;
  /** The row that it is a case of. */
  readonly of: Instruction;
  /** Bits of the instruction that are fixed, and their values. */
  readonly match: number;
  readonly mask: number;
  /** Whether both sources are the same register. */
  readonly isSameSource: boolean;
}

function bitsOf(row: Instruction, fixed: Fixed): { match: number; mask: number } {
  let { match, mask } = row;
  for (const name of ["rd", "rs1", "rs2"] as const) {
    const place = row.operands[name];
    const value = fixed[name];
    if (value === undefined || typeof place !== "string") continue;
    match |= placeRegister(place, value) ?? 0;
    mask |= registerBits(place);
  }
  const { immediate } = row.operands;
  if (fixed.immediate !== undefined && typeof immediate === "string" && immediate !== "word") {
    match |= placeImmediate(immediate, fixed.immediate) ?? 0;
    mask |= immediateBits(immediate);
  }
  if (fixed.csr !== undefined) {
    match |= fixed.csr << 20;
    mask |= 0xfff << 20;
  }
  if (fixed.fence !== undefined) {
    match |= fixed.fence << 20;
    mask |= 0xfff << 20;
  }
  return { match, mask };
}

function rowOf(name: string): Instruction {
  const row = INSTRUCTIONS.find((one) => one.name === name);
  if (row === undefined) throw new RangeError(`no instruction ${name}`);
  return row;
}

function alias(name: string, syntax: string, of: string, fixed: Fixed): Alias {
  const row = rowOf(of);
  return { name, syntax, of: row, ...bitsOf(row, fixed), isSameSource: false };
}

/** Operations with an immediate have the name of those with a register, too. */
function withoutSuffix(name: string): readonly Alias[] {
  const short = name.endsWith("iw") ? `${name.slice(0, -2)}w` : name.slice(0, -1);
  return INSTRUCTIONS.filter((row) => row.name === name).map((row) => ({
    name: short,
    syntax: row.syntax,
    of: row,
    match: row.match,
    mask: row.mask,
    isSameSource: false,
  }));
}

const IMMEDIATE_OPERATIONS = [
  ...["addi", "xori", "ori", "andi", "slli", "srli", "srai"],
  ...["addiw", "slliw", "srliw", "sraiw"],
  ...["rori", "roriw", "bclri", "bexti", "binvi", "bseti"],
  ...["csrrwi", "csrrsi", "csrrci"],
];
/** `rs2` is `rs1`: moves, negations and absolute values of floating-point numbers. */
function sameSource(name: string, of: string): Alias {
  const row = rowOf(of);
  const { match, mask } = row;
  return { name, syntax: "fd, fs1", of: row, match, mask, isSameSource: true };
}

const counters = ["cycle", "time", "instret", "cycleh", "timeh", "instreth"] as const;
const floatCsrs = [
  ["csr", Csr.fcsr],
  ["rm", Csr.frm],
  ["flags", Csr.fflags],
] as const;

/** Aliases in the order in which they are tried. */
export const ALIASES: readonly Alias[] = [
  alias("nop", "", "addi", { rd: 0, rs1: 0, immediate: 0 }),
  alias("li", "rd, imm", "addi", { rs1: 0 }),
  alias("mv", "rd, rs1", "addi", { immediate: 0 }),
  alias("not", "rd, rs1", "xori", { immediate: -1 }),
  alias("zext.b", "rd, rs1", "andi", { immediate: 255 }),
  alias("neg", "rd, rs2", "sub", { rs1: 0 }),
  alias("negw", "rd, rs2", "subw", { rs1: 0 }),
  alias("sext.w", "rd, rs1", "addiw", { immediate: 0 }),
  alias("zext.w", "rd, rs1", "add.uw", { rs2: 0 }),
  alias("seqz", "rd, rs1", "sltiu", { immediate: 1 }),
  alias("snez", "rd, rs2", "sltu", { rs1: 0 }),
  alias("sltz", "rd, rs1", "slt", { rs2: 0 }),
  alias("sgtz", "rd, rs2", "slt", { rs1: 0 }),
  alias("beqz", "rs1, target", "beq", { rs2: 0 }),
  alias("bnez", "rs1, target", "bne", { rs2: 0 }),
  alias("blez", "rs2, target", "bge", { rs1: 0 }),
  alias("bgez", "rs1, target", "bge", { rs2: 0 }),
  alias("bltz", "rs1, target", "blt", { rs2: 0 }),
  alias("bgtz", "rs2, target", "blt", { rs1: 0 }),
  alias("j", "target", "jal", { rd: 0 }),
  alias("jal", "target", "jal", { rd: 1 }),
  alias("ret", "", "jalr", { rd: 0, rs1: 1, immediate: 0 }),
  alias("jr", "rs1", "jalr", { rd: 0, immediate: 0 }),
  alias("jr", "offset(rs1)", "jalr", { rd: 0 }),
  alias("jalr", "rs1", "jalr", { rd: 1, immediate: 0 }),
  alias("jalr", "offset(rs1)", "jalr", { rd: 1 }),
  alias("jalr", "rd, rs1", "jalr", { immediate: 0 }),
  alias("fence.tso", "", "fence", { fence: 0x833 }),
  alias("pause", "", "fence", { fence: 0x010 }),
  alias("fence", "", "fence", { fence: 0x0ff }),
  alias("sfence.vma", "", "sfence.vma", { rs1: 0, rs2: 0 }),
  alias("sfence.vma", "rs1", "sfence.vma", { rs2: 0 }),
  alias("unimp", "", "csrrw", { rd: 0, rs1: 0, csr: Csr.cycle }),
  ...counters.map((name) => alias(`rd${name}`, "rd", "csrrs", { rs1: 0, csr: Csr[name] })),
  ...floatCsrs.flatMap(([name, csr]) => [
    alias(`fr${name}`, "rd", "csrrs", { rs1: 0, csr }),
    alias(`fs${name}`, "rs1", "csrrw", { rd: 0, csr }),
    alias(`fs${name}`, "rd, rs1", "csrrw", { csr }),
  ]),
  alias("fsrmi", "zimm", "csrrwi", { rd: 0, csr: Csr.frm }),
  alias("fsrmi", "rd, zimm", "csrrwi", { csr: Csr.frm }),
  alias("fsflagsi", "zimm", "csrrwi", { rd: 0, csr: Csr.fflags }),
  alias("fsflagsi", "rd, zimm", "csrrwi", { csr: Csr.fflags }),
  alias("csrr", "rd, csr", "csrrs", { rs1: 0 }),
  alias("csrw", "csr, rs1", "csrrw", { rd: 0 }),
  alias("csrs", "csr, rs1", "csrrs", { rd: 0 }),
  alias("csrc", "csr, rs1", "csrrc", { rd: 0 }),
  ...["w", "s", "c"].flatMap((letter) => [
    alias(`csr${letter}`, "csr, zimm", `csrr${letter}i`, { rd: 0 }),
    alias(`csr${letter}i`, "csr, zimm", `csrr${letter}i`, { rd: 0 }),
  ]),
  ...["s", "d"].flatMap((suffix) => [
    sameSource(`fmv.${suffix}`, `fsgnj.${suffix}`),
    sameSource(`fneg.${suffix}`, `fsgnjn.${suffix}`),
    sameSource(`fabs.${suffix}`, `fsgnjx.${suffix}`),
  ]),
  ...IMMEDIATE_OPERATIONS.flatMap(withoutSuffix),
];
