import { immediateBits, registerBits } from "./fields.ts";
import type { Instruction, Operands, Xlen } from "./instruction.ts";

const RA = 1;
const SP = 2;

interface CompressedOptions {
  readonly xlen?: Xlen;
  readonly extension?: string;
  readonly nonzero?: readonly (keyof Operands)[];
  readonly shown?: readonly [string, string];
}

/** A row with 2 bytes: the mask is what the operands leave. */
function compressed(
  name: string,
  match: number,
  expansion: string,
  syntax: string,
  operands: Operands,
  options: CompressedOptions = {},
): Instruction {
  let variable = 0;
  for (const place of [operands.rd, operands.rs1, operands.rs2]) {
    if (typeof place === "string") variable |= registerBits(place);
  }
  const { immediate } = operands;
  if (typeof immediate === "string" && immediate !== "word") variable |= immediateBits(immediate);
  return {
    name: `c.${name}`,
    extension: options.extension ?? "c",
    ...(options.xlen === undefined ? {} : { xlen: options.xlen }),
    match,
    mask: 0xffff & ~variable,
    bytes: 2,
    syntax,
    operands,
    expansion,
    ...(options.nonzero === undefined ? {} : { nonzero: options.nonzero }),
    ...(options.shown === undefined ? {} : { shown: options.shown }),
  };
}

const rd = "cRd";
const rs2 = "cRs2";
const low = "cRdShort";
const high = "cRs1Short";
const two = { rd: high, rs1: high, rs2: low } as const;
const word = { rs1: high, immediate: "cWord" } as const;
const double = { rs1: high, immediate: "cDouble" } as const;
const LOAD = "rd, offset(rs1)";
const STORE = "rs2, offset(rs1)";
const FLOAT_LOAD = "fd, offset(rs1)";
const FLOAT_STORE = "fs2, offset(rs1)";
const only32 = { xlen: 32 } as const;
const only64 = { xlen: 64 } as const;

/**
 * Compressed instructions, each with the one that it stands for. Of rows that match, the first counts whose operands are
 * not 0 where they must not be.
 */
export const RV_C: readonly Instruction[] = [
  // Quadrant 0
  compressed(
    "addi4spn",
    0x0000,
    "addi",
    "rd, rs1, imm",
    { rd: low, rs1: SP, immediate: "cAddi4spn" },
    { nonzero: ["immediate"] },
  ),
  compressed("fld", 0x2000, "fld", FLOAT_LOAD, { rd: low, ...double }, { extension: "d" }),
  compressed("lw", 0x4000, "lw", LOAD, { rd: low, ...word }),
  compressed("flw", 0x6000, "flw", FLOAT_LOAD, { rd: low, ...word }, { ...only32, extension: "f" }),
  compressed("ld", 0x6000, "ld", LOAD, { rd: low, ...double }, only64),
  compressed("fsd", 0xa000, "fsd", FLOAT_STORE, { rs2: low, ...double }, { extension: "d" }),
  compressed("sw", 0xc000, "sw", STORE, { rs2: low, ...word }),
  compressed(
    "fsw",
    0xe000,
    "fsw",
    FLOAT_STORE,
    { rs2: low, ...word },
    { ...only32, extension: "f" },
  ),
  compressed("sd", 0xe000, "sd", STORE, { rs2: low, ...double }, only64),
  // Quadrant 1
  compressed("addi", 0x0001, "addi", "rd, rs1, imm", { rd, rs1: rd, immediate: "CI" }),
  compressed("jal", 0x2001, "jal", "rd, target", { rd: RA, immediate: "cJump" }, only32),
  compressed(
    "addiw",
    0x2001,
    "addiw",
    "rd, rs1, imm",
    { rd, rs1: rd, immediate: "CI" },
    { ...only64, nonzero: ["rd"] },
  ),
  compressed("li", 0x4001, "addi", "rd, rs1, imm", { rd, rs1: 0, immediate: "CI" }),
  compressed(
    "addi16sp",
    0x6101,
    "addi",
    "rd, rs1, imm",
    { rd: SP, rs1: SP, immediate: "cAddi16sp" },
    { nonzero: ["immediate"] },
  ),
  compressed(
    "lui",
    0x6001,
    "lui",
    "rd, upper",
    { rd, immediate: "cUpper" },
    { nonzero: ["immediate"] },
  ),
  compressed(
    "srli",
    0x8001,
    "srli",
    "rd, rs1, shift",
    { rd: high, rs1: high, immediate: "cShift5" },
    only32,
  ),
  compressed(
    "srli",
    0x8001,
    "srli",
    "rd, rs1, shift",
    { rd: high, rs1: high, immediate: "cShift6" },
    only64,
  ),
  compressed(
    "srai",
    0x8401,
    "srai",
    "rd, rs1, shift",
    { rd: high, rs1: high, immediate: "cShift5" },
    only32,
  ),
  compressed(
    "srai",
    0x8401,
    "srai",
    "rd, rs1, shift",
    { rd: high, rs1: high, immediate: "cShift6" },
    only64,
  ),
  compressed("andi", 0x8801, "andi", "rd, rs1, imm", { rd: high, rs1: high, immediate: "CI" }),
  compressed("sub", 0x8c01, "sub", "rd, rs1, rs2", two),
  compressed("xor", 0x8c21, "xor", "rd, rs1, rs2", two),
  compressed("or", 0x8c41, "or", "rd, rs1, rs2", two),
  compressed("and", 0x8c61, "and", "rd, rs1, rs2", two),
  compressed("subw", 0x9c01, "subw", "rd, rs1, rs2", two, only64),
  compressed("addw", 0x9c21, "addw", "rd, rs1, rs2", two, only64),
  compressed("j", 0xa001, "jal", "rd, target", { rd: 0, immediate: "cJump" }),
  compressed("beqz", 0xc001, "beq", "rs1, rs2, target", {
    rs1: high,
    rs2: 0,
    immediate: "cBranch",
  }),
  compressed("bnez", 0xe001, "bne", "rs1, rs2, target", {
    rs1: high,
    rs2: 0,
    immediate: "cBranch",
  }),
  // Quadrant 2
  compressed(
    "slli",
    0x0002,
    "slli",
    "rd, rs1, shift",
    { rd, rs1: rd, immediate: "cShift5" },
    only32,
  ),
  compressed(
    "slli",
    0x0002,
    "slli",
    "rd, rs1, shift",
    { rd, rs1: rd, immediate: "cShift6" },
    only64,
  ),
  compressed(
    "fldsp",
    0x2002,
    "fld",
    FLOAT_LOAD,
    { rd, rs1: SP, immediate: "cDoubleSpLoad" },
    { extension: "d" },
  ),
  compressed(
    "lwsp",
    0x4002,
    "lw",
    LOAD,
    { rd, rs1: SP, immediate: "cWordSpLoad" },
    { nonzero: ["rd"] },
  ),
  compressed(
    "flwsp",
    0x6002,
    "flw",
    FLOAT_LOAD,
    { rd, rs1: SP, immediate: "cWordSpLoad" },
    { ...only32, extension: "f" },
  ),
  compressed(
    "ldsp",
    0x6002,
    "ld",
    LOAD,
    { rd, rs1: SP, immediate: "cDoubleSpLoad" },
    { ...only64, nonzero: ["rd"] },
  ),
  compressed(
    "jr",
    0x8002,
    "jalr",
    "rd, offset(rs1)",
    { rd: 0, rs1: rd, immediate: 0 },
    { nonzero: ["rs1"] },
  ),
  compressed(
    "mv",
    0x8002,
    "add",
    "rd, rs1, rs2",
    { rd, rs1: 0, rs2 },
    { nonzero: ["rs2"], shown: ["mv", "rd, rs2"] },
  ),
  compressed("ebreak", 0x9002, "ebreak", "", {}),
  compressed(
    "jalr",
    0x9002,
    "jalr",
    "rd, offset(rs1)",
    { rd: RA, rs1: rd, immediate: 0 },
    { nonzero: ["rs1"] },
  ),
  compressed("add", 0x9002, "add", "rd, rs1, rs2", { rd, rs1: rd, rs2 }, { nonzero: ["rs2"] }),
  compressed(
    "fsdsp",
    0xa002,
    "fsd",
    FLOAT_STORE,
    { rs2, rs1: SP, immediate: "cDoubleSpStore" },
    { extension: "d" },
  ),
  compressed("swsp", 0xc002, "sw", STORE, { rs2, rs1: SP, immediate: "cWordSpStore" }),
  compressed(
    "fswsp",
    0xe002,
    "fsw",
    FLOAT_STORE,
    { rs2, rs1: SP, immediate: "cWordSpStore" },
    { ...only32, extension: "f" },
  ),
  compressed("sdsp", 0xe002, "sd", STORE, { rs2, rs1: SP, immediate: "cDoubleSpStore" }, only64),
];
