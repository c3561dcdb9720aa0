import { expandCompressed } from "./expand-compressed.ts";

/** Operations of the interpreter. The switch in `interpret.ts` repeats these numbers with their names. */
const Operation = {
  lui: 1,
  auipc: 2,
  jal: 3,
  jalr: 4,
  beq: 5,
  bne: 6,
  blt: 7,
  bge: 8,
  bltu: 9,
  bgeu: 10,
  lb: 11,
  lh: 12,
  lw: 13,
  lbu: 14,
  lhu: 15,
  sb: 16,
  sh: 17,
  sw: 18,
  addi: 19,
  slti: 20,
  sltiu: 21,
  xori: 22,
  ori: 23,
  andi: 24,
  slli: 25,
  srli: 26,
  srai: 27,
  add: 28,
  sub: 29,
  sll: 30,
  slt: 31,
  sltu: 32,
  xor: 33,
  srl: 34,
  sra: 35,
  or: 36,
  and: 37,
  mul: 38,
  mulh: 39,
  mulhsu: 40,
  mulhu: 41,
  div: 42,
  divu: 43,
  rem: 44,
  remu: 45,
  fence: 46,
  fenceI: 47,
  system: 48,
  amo: 49,
  hosted: 50,
  illegal: 51,
} as const;
type Operation = (typeof Operation)[keyof typeof Operation];

/** A decoded instruction in the form that decoded pages keep. */
export interface Decoded {
  /** Bits 5:0 operation, 11:6 rd (32 for x0), 16:12 rs1, 21:17 rs2, 22 set for a 2-byte instruction. */
  operation: number;
  /** Immediate; the raw word for system, atomic and illegal instructions; the entry for `hosted`. */
  immediate: number;
}

const COMPRESSED_FLAG = 1 << 22;
const SINK_REGISTER = 32;
const ILLEGAL = Operation.illegal;

const BRANCHES = [
  Operation.beq,
  Operation.bne,
  ILLEGAL,
  ILLEGAL,
  Operation.blt,
  Operation.bge,
  Operation.bltu,
  Operation.bgeu,
];
const LOADS = [
  Operation.lb,
  Operation.lh,
  Operation.lw,
  ILLEGAL,
  Operation.lbu,
  Operation.lhu,
  ILLEGAL,
  ILLEGAL,
];
const STORES = [Operation.sb, Operation.sh, Operation.sw];
const IMMEDIATES = [
  Operation.addi,
  Operation.slli,
  Operation.slti,
  Operation.sltiu,
  Operation.xori,
  Operation.srli,
  Operation.ori,
  Operation.andi,
];
const REGISTERS = [
  Operation.add,
  Operation.sll,
  Operation.slt,
  Operation.sltu,
  Operation.xor,
  Operation.srl,
  Operation.or,
  Operation.and,
];
const ATOMICS: readonly number[] = [0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28];

/**
 * Decodes one instruction of RV32IMAC and `hosted`.
 *
 * @param low - first half-word
 * @param high - second half-word; ignored when the instruction is compressed
 * @param into - receives the result
 */
export function decode(low: number, high: number, into: Decoded): void {
  const compressed = (low & 3) !== 3;
  const word = compressed ? expandCompressed(low) : low | (high << 16);
  const operation = operationOf(word);
  const rd = (word >>> 7) & 31;
  into.operation =
    operation |
    ((rd === 0 ? SINK_REGISTER : rd) << 6) |
    (((word >>> 15) & 31) << 12) |
    (((word >>> 20) & 31) << 17) |
    (compressed ? COMPRESSED_FLAG : 0);
  into.immediate = operation === ILLEGAL ? (compressed ? low : word) : immediateOf(operation, word);
}

function operationOf(word: number): Operation {
  const funct3 = (word >>> 12) & 7;
  const funct7 = word >>> 25;
  switch (word & 0x7f) {
    case 0x37:
      return Operation.lui;
    case 0x17:
      return Operation.auipc;
    case 0x6f:
      return Operation.jal;
    case 0x67:
      return funct3 === 0 ? Operation.jalr : ILLEGAL;
    case 0x63:
      return BRANCHES[funct3] ?? ILLEGAL;
    case 0x03:
      return LOADS[funct3] ?? ILLEGAL;
    case 0x23:
      return STORES[funct3] ?? ILLEGAL;
    case 0x13:
      if (funct3 === 5 && funct7 === 0x20) return Operation.srai;
      if ((funct3 === 1 || funct3 === 5) && funct7 !== 0) return ILLEGAL;
      return IMMEDIATES[funct3] ?? ILLEGAL;
    case 0x33:
      if (funct7 === 1) return (Operation.mul + funct3) as Operation;
      if (funct7 === 0x20) {
        return funct3 === 0 ? Operation.sub : funct3 === 5 ? Operation.sra : ILLEGAL;
      }
      return funct7 === 0 ? (REGISTERS[funct3] ?? ILLEGAL) : ILLEGAL;
    case 0x0f:
      return funct3 === 0 ? Operation.fence : funct3 === 1 ? Operation.fenceI : ILLEGAL;
    case 0x73:
      return funct3 === 4 ? ILLEGAL : Operation.system;
    case 0x2f:
      return funct3 === 2 && ATOMICS.includes(word >>> 27) ? Operation.amo : ILLEGAL;
    case 0x0b:
      // custom-0: rd, rs1 and funct3 must be zero
      return (word & 0xfffff) === 0x0b ? Operation.hosted : ILLEGAL;
    default:
      return ILLEGAL;
  }
}

function immediateOf(operation: Operation, word: number): number {
  switch (operation) {
    case Operation.lui:
    case Operation.auipc:
      return word & ~0xfff;
    case Operation.jal:
      return (
        ((word >> 31) << 20) |
        (((word >>> 12) & 0xff) << 12) |
        (((word >>> 20) & 1) << 11) |
        (((word >>> 21) & 0x3ff) << 1)
      );
    case Operation.beq:
    case Operation.bne:
    case Operation.blt:
    case Operation.bge:
    case Operation.bltu:
    case Operation.bgeu:
      return (
        ((word >> 31) << 12) |
        (((word >>> 7) & 1) << 11) |
        (((word >>> 25) & 0x3f) << 5) |
        (((word >>> 8) & 15) << 1)
      );
    case Operation.sb:
    case Operation.sh:
    case Operation.sw:
      return ((word >> 25) << 5) | ((word >>> 7) & 31);
    case Operation.slli:
    case Operation.srli:
    case Operation.srai:
      return (word >>> 20) & 31;
    case Operation.hosted:
      return word >>> 20;
    case Operation.system:
    case Operation.amo:
      return word;
    default:
      return word >> 20;
  }
}
