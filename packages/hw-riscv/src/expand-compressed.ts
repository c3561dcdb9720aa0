/** Signed value of the low `bits` bits. */
function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function iType(immediate: number, rs1: number, funct3: number, rd: number, opcode: number): number {
  return ((immediate & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function sType(immediate: number, rs2: number, rs1: number): number {
  return (
    (((immediate >> 5) & 0x7f) << 25) |
    (rs2 << 20) |
    (rs1 << 15) |
    (2 << 12) |
    ((immediate & 31) << 7) |
    STORE
  );
}

function rType(funct7: number, rs2: number, rs1: number, funct3: number, rd: number): number {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | OP;
}

function jType(immediate: number, rd: number): number {
  return (
    (((immediate >> 20) & 1) << 31) |
    (((immediate >> 1) & 0x3ff) << 21) |
    (((immediate >> 11) & 1) << 20) |
    (((immediate >> 12) & 0xff) << 12) |
    (rd << 7) |
    JAL
  );
}

function bType(immediate: number, rs1: number, funct3: number): number {
  return (
    (((immediate >> 12) & 1) << 31) |
    (((immediate >> 5) & 0x3f) << 25) |
    (rs1 << 15) |
    (funct3 << 12) |
    (((immediate >> 1) & 15) << 8) |
    (((immediate >> 11) & 1) << 7) |
    BRANCH
  );
}

const LOAD = 0x03;
const OP_IMM = 0x13;
const STORE = 0x23;
const OP = 0x33;
const LUI = 0x37;
const BRANCH = 0x63;
const JALR = 0x67;
const JAL = 0x6f;
const EBREAK = 0x00100073;
const RA = 1;
const SP = 2;
/** No 32-bit instruction has these low bits, so it decodes as illegal. */
const ILLEGAL = 0;

/** The 32-bit instruction that an RV32C half-word stands for; 0 when it is illegal or floating point. */
export function expandCompressed(half: number): number {
  switch (half & 3) {
    case 0:
      return quadrant0(half);
    case 1:
      return quadrant1(half);
    default:
      return quadrant2(half);
  }
}

function quadrant0(half: number): number {
  const rdShort = ((half >> 2) & 7) + 8;
  const rs1Short = ((half >> 7) & 7) + 8;
  const word = ((half >> 7) & 0x38) | ((half >> 4) & 4) | ((half << 1) & 0x40);
  switch (half >> 13) {
    case 0: {
      const immediate =
        ((half >> 7) & 0x30) | ((half >> 1) & 0x3c0) | ((half >> 4) & 4) | ((half >> 2) & 8);
      return immediate === 0 ? ILLEGAL : iType(immediate, SP, 0, rdShort, OP_IMM); // c.addi4spn
    }
    case 2:
      return iType(word, rs1Short, 2, rdShort, LOAD); // c.lw
    case 6:
      return sType(word, rdShort, rs1Short); // c.sw
    default:
      return ILLEGAL;
  }
}

function quadrant1(half: number): number {
  const rd = (half >> 7) & 31;
  const rs1Short = ((half >> 7) & 7) + 8;
  const immediate = signed(((half >> 7) & 0x20) | ((half >> 2) & 31), 6);
  const funct3 = half >> 13;
  switch (funct3) {
    case 0:
      return iType(immediate, rd, 0, rd, OP_IMM); // c.addi
    case 1:
    case 5: {
      const target = signed(
        ((half >> 1) & 0x800) |
          ((half >> 7) & 0x10) |
          ((half >> 1) & 0x300) |
          ((half << 2) & 0x400) |
          ((half >> 1) & 0x40) |
          ((half << 1) & 0x80) |
          ((half >> 2) & 0xe) |
          ((half << 3) & 0x20),
        12,
      );
      return jType(target, funct3 === 1 ? RA : 0); // c.jal, c.j
    }
    case 2:
      return iType(immediate, 0, 0, rd, OP_IMM); // c.li
    case 3: {
      if (rd !== SP) return immediate === 0 ? ILLEGAL : (immediate << 12) | (rd << 7) | LUI; // c.lui
      const adjust = signed(
        ((half >> 3) & 0x200) |
          ((half >> 2) & 0x10) |
          ((half << 1) & 0x40) |
          ((half << 4) & 0x180) |
          ((half << 3) & 0x20),
        10,
      );
      return adjust === 0 ? ILLEGAL : iType(adjust, SP, 0, SP, OP_IMM); // c.addi16sp
    }
    case 4:
      return arithmetic(half, rs1Short, immediate);
    default: {
      const offset = signed(
        ((half >> 4) & 0x100) |
          ((half >> 7) & 0x18) |
          ((half << 1) & 0xc0) |
          ((half >> 2) & 6) |
          ((half << 3) & 0x20),
        9,
      );
      return bType(offset, rs1Short, funct3 - 6); // c.beqz, c.bnez
    }
  }
}

function arithmetic(half: number, register: number, immediate: number): number {
  const rs2Short = ((half >> 2) & 7) + 8;
  const shift = (half >> 2) & 31;
  const bit12 = (half & 0x1000) !== 0;
  switch ((half >> 10) & 3) {
    case 0:
      return bit12 ? ILLEGAL : iType(shift, register, 5, register, OP_IMM); // c.srli
    case 1:
      return bit12 ? ILLEGAL : iType(shift | 0x400, register, 5, register, OP_IMM); // c.srai
    case 2:
      return iType(immediate, register, 7, register, OP_IMM); // c.andi
    default:
      if (bit12) return ILLEGAL;
      switch ((half >> 5) & 3) {
        case 0:
          return rType(0x20, rs2Short, register, 0, register); // c.sub
        case 1:
          return rType(0, rs2Short, register, 4, register); // c.xor
        case 2:
          return rType(0, rs2Short, register, 6, register); // c.or
        default:
          return rType(0, rs2Short, register, 7, register); // c.and
      }
  }
}

function quadrant2(half: number): number {
  const rd = (half >> 7) & 31;
  const rs2 = (half >> 2) & 31;
  const bit12 = (half & 0x1000) !== 0;
  switch (half >> 13) {
    case 0:
      return bit12 ? ILLEGAL : iType(rs2, rd, 1, rd, OP_IMM); // c.slli
    case 2: {
      const offset = ((half >> 7) & 0x20) | ((half >> 2) & 0x1c) | ((half << 4) & 0xc0);
      return rd === 0 ? ILLEGAL : iType(offset, SP, 2, rd, LOAD); // c.lwsp
    }
    case 4:
      if (rs2 !== 0) return rType(0, rs2, bit12 ? rd : 0, 0, rd); // c.add, c.mv
      if (rd === 0) return bit12 ? EBREAK : ILLEGAL;
      return iType(0, rd, 0, bit12 ? RA : 0, JALR); // c.jalr, c.jr
    case 6:
      return sType(((half >> 7) & 0x3c) | ((half >> 1) & 0xc0), rs2, SP); // c.swsp
    default:
      return ILLEGAL;
  }
}
