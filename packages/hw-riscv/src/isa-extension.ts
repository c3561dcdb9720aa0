import type { Privilege } from "./cause.ts";
import type { Xlen } from "./isa/instruction.ts";

/** What an instruction from outside may do with the hart. All numbers of 32 bits are signed. */
export interface InstructionContext {
  readonly xlen: Xlen;
  readonly privilege: Privilege;
  /** Address of the instruction, as `Machine.pc` has it. */
  readonly pc: number;
  /** Low 32 bits of an integer register. */
  register(index: number): number;
  /** Upper 32 bits of an integer register; 0 on RV32. */
  registerHigh(index: number): number;
  /** Sets an integer register; `x0` keeps its value. The upper half is the sign of the lower one when absent. */
  setRegister(index: number, low: number, high?: number): void;
  /**
   * Loads 1, 2 or 4 bytes, without their sign.
   *
   * @param address - as `Machine.pc` has addresses
   * @returns the bytes; `undefined` after a trap
   */
  load(address: number, bytes: 1 | 2 | 4): number | undefined;
  /** Stores the low 1, 2 or 4 bytes; `false` after a trap. */
  store(address: number, value: number, bytes: 1 | 2 | 4): boolean;
  /** Execution goes on there in the place of the next instruction. */
  jump(address: number): void;
  /** Takes a trap at the instruction: nothing else should have changed. */
  trap(cause: number, value?: number): void;
  /** The trap of an instruction that does not exist. */
  illegal(): void;
  /** Lets the instruction cost more than one cycle. */
  charge(cycles: number): void;
}

/** Where an instruction has its operands: numbers of registers, and the immediate. Borrowed for one execution. */
export interface InstructionOperands {
  /** The instruction. */
  readonly word: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** 0 where the syntax has none. */
  readonly immediate: number;
}

/** An instruction of 4 bytes from outside. */
export interface ExternalInstruction {
  readonly name: string;
  /**
   * Operands as assembly has them, which also says where they stand: `rd, rs1, rs2`; `rd, rs1, imm`; `rd, offset(rs1)`;
   * `rd, rs1`; `rd, upper`; or nothing.
   */
  readonly syntax: string;
  /** The bits that no operand takes. */
  readonly match: number;
  /** Bits that do not matter though no operand stands there; none when absent. */
  readonly ignored?: number;
  execute(context: InstructionContext, operands: InstructionOperands): void;
}

/** A control and status register from outside. Its number says who may access it, and whether it can be written. */
export interface ExternalCsr {
  readonly name: string;
  /** 12 bits; bits 9:8 are the least privilege, 11:10 all ones where it cannot be written. */
  readonly number: number;
  /** The value, exact up to 2^53; on RV32 its low 32 bits count. `undefined` is refused as an illegal instruction. */
  read(context: InstructionContext): number | undefined;
  /** Takes a new value, with the sign of a register; `false` is refused. */
  write?(context: InstructionContext, value: number): boolean;
}

/**
 * Instructions and registers that a package adds to a hart.
 *
 * They come before the hart's own: where encodings overlap, they win.
 */
export interface IsaExtension {
  readonly name: string;
  readonly instructions?: readonly ExternalInstruction[];
  readonly csrs?: readonly ExternalCsr[];
}
