/** How the operands of an instruction are written and placed. */
type Format =
  /** `rd, rs1, rs2` */
  | "r"
  /** `rd, rs1, immediate` */
  | "i"
  /** `rd, rs1, shift` */
  | "shift"
  /** `rd, offset(rs1)` */
  | "load"
  /** `rs2, offset(rs1)` */
  | "store"
  /** `rs1, rs2, label` */
  | "branch"
  /** `rd, immediate` (20 bits) */
  | "u"
  /** `rd, label` */
  | "j"
  /** `rd, csr, rs1` */
  | "csr"
  /** `rd, csr, immediate` */
  | "csri"
  /** `rd, rs2, (rs1)` */
  | "amo"
  /** `rd, (rs1)` */
  | "lr"
  /** `rs1, rs2`, both optional */
  | "fence"
  /** entry number */
  | "hosted"
  | "none";

/** An instruction of the assembler: its format and the bits that never change. */
export interface Encoding {
  readonly format: Format;
  readonly bits: number;
}

function table(
  format: Format,
  opcode: number,
  entries: Record<string, number>,
): [string, Encoding][] {
  return Object.entries(entries).map(([name, bits]) => [name, { format, bits: bits | opcode }]);
}

const f3 = (funct3: number): number => funct3 << 12;
const f7 = (funct7: number, funct3: number): number => (funct7 << 25) | (funct3 << 12);
const f5 = (funct5: number): number => (funct5 << 27) | (2 << 12);

/** Instructions by mnemonic. */
export const ENCODINGS: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ...table("u", 0x37, { lui: 0 }),
  ...table("u", 0x17, { auipc: 0 }),
  ...table("j", 0x6f, { jal: 0 }),
  ...table("load", 0x67, { jalr: 0 }),
  ...table("branch", 0x63, {
    beq: f3(0),
    bne: f3(1),
    blt: f3(4),
    bge: f3(5),
    bltu: f3(6),
    bgeu: f3(7),
  }),
  ...table("load", 0x03, { lb: f3(0), lh: f3(1), lw: f3(2), lbu: f3(4), lhu: f3(5) }),
  ...table("store", 0x23, { sb: f3(0), sh: f3(1), sw: f3(2) }),
  ...table("i", 0x13, {
    addi: f3(0),
    slti: f3(2),
    sltiu: f3(3),
    xori: f3(4),
    ori: f3(6),
    andi: f3(7),
  }),
  ...table("shift", 0x13, { slli: f7(0, 1), srli: f7(0, 5), srai: f7(0x20, 5) }),
  ...table("r", 0x33, {
    add: f7(0, 0),
    sub: f7(0x20, 0),
    sll: f7(0, 1),
    slt: f7(0, 2),
    sltu: f7(0, 3),
    xor: f7(0, 4),
    srl: f7(0, 5),
    sra: f7(0x20, 5),
    or: f7(0, 6),
    and: f7(0, 7),
    mul: f7(1, 0),
    mulh: f7(1, 1),
    mulhsu: f7(1, 2),
    mulhu: f7(1, 3),
    div: f7(1, 4),
    divu: f7(1, 5),
    rem: f7(1, 6),
    remu: f7(1, 7),
  }),
  ...table("csr", 0x73, { csrrw: f3(1), csrrs: f3(2), csrrc: f3(3) }),
  ...table("csri", 0x73, { csrrwi: f3(5), csrrsi: f3(6), csrrci: f3(7) }),
  ...table("lr", 0x2f, { "lr.w": f5(2) }),
  ...table("amo", 0x2f, {
    "sc.w": f5(3),
    "amoswap.w": f5(1),
    "amoadd.w": f5(0),
    "amoxor.w": f5(4),
    "amoor.w": f5(8),
    "amoand.w": f5(12),
    "amomin.w": f5(16),
    "amomax.w": f5(20),
    "amominu.w": f5(24),
    "amomaxu.w": f5(28),
  }),
  ...table("none", 0, {
    ecall: 0x00000073,
    ebreak: 0x00100073,
    sret: 0x10200073,
    mret: 0x30200073,
    wfi: 0x10500073,
    fence: 0x0ff0000f,
    "fence.i": 0x0000100f,
  }),
  ...table("fence", 0x12000073, { "sfence.vma": 0 }),
  ...table("hosted", 0x0b, { hosted: 0 }),
]);
