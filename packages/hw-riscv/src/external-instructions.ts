import { Cause, type Privilege } from "./cause.ts";
import type { Hart } from "./hart.ts";
import { FIRST_EXTERNAL, ILLEGAL, OPERATION_MASK } from "./isa/decoded.ts";
import { operandOf } from "./isa/decoder.ts";
import type { Instruction, Xlen } from "./isa/instruction.ts";
import { externalRows } from "./isa/external-rows.ts";
import type {
  ExternalCsr,
  ExternalInstruction,
  InstructionContext,
  IsaExtension,
} from "./isa-extension.ts";
import type { ExternalExecutor } from "./seams.ts";

const TWO_32 = 0x1_0000_0000;

/** The hart as instructions from outside see it. */
class HartContext implements InstructionContext {
  readonly #hart: Hart;
  /** The instruction that is executed. */
  word = 0;
  #hasJumped = false;

  constructor(hart: Hart) {
    this.#hart = hart;
  }

  get xlen(): Xlen {
    return this.#hart.xlen;
  }
  get privilege(): Privilege {
    return this.#hart.privilege;
  }
  get pc(): number {
    return this.#hart.pcHigh * TWO_32 + (this.#hart.pc >>> 0);
  }
  register(index: number): number {
    return this.#hart.x[index & 31] ?? 0;
  }
  registerHigh(index: number): number {
    return this.#hart.high(index & 31);
  }
  setRegister(index: number, low: number, high: number = low >> 31): void {
    this.#hart.setRegister(index & 31, low, high);
  }
  load(address: number, bytes: 1 | 2 | 4): number | undefined {
    const value = this.#hart.load(address | 0, bytes, this.#upper(address));
    return this.#hart.trapped ? undefined : value;
  }
  store(address: number, value: number, bytes: 1 | 2 | 4): boolean {
    this.#hart.store(address | 0, value, bytes, this.#upper(address));
    return !this.#hart.trapped;
  }
  jump(address: number): void {
    this.#hasJumped = true;
    this.#hart.pc = address | 0;
    this.#hart.pcHigh = this.#upper(address);
  }
  trap(cause: number, value = 0): void {
    this.#hart.trap(cause, value | 0, this.#upper(value));
  }
  illegal(): void {
    this.#hart.trap(Cause.illegalInstruction, this.word);
  }
  charge(cycles: number): void {
    this.#hart.charge(cycles);
  }
  /** Whether the instruction jumped; forgets it. */
  takeJump(): boolean {
    const hasJumped = this.#hasJumped;
    this.#hasJumped = false;
    return hasJumped;
  }
  #upper(value: number): number {
    return this.#hart.is64 ? Math.floor(value / TWO_32) | 0 : 0;
  }
}

/** Instructions and registers that a hart has from outside. */
export class ExternalUnit implements ExternalExecutor {
  readonly #hart: Hart;
  readonly #rows: readonly Instruction[];
  readonly #instructions: readonly ExternalInstruction[];
  readonly #csrs = new Map<number, ExternalCsr>();
  readonly #context: HartContext;
  readonly #operands = { word: 0, rd: 0, rs1: 0, rs2: 0, immediate: 0 };

  /** @throws RangeError when there are more instructions than can be numbered, or two registers have one number */
  constructor(hart: Hart, extensions: readonly IsaExtension[]) {
    this.#hart = hart;
    this.#context = new HartContext(hart);
    this.#instructions = extensions.flatMap(({ instructions }) => instructions ?? []);
    this.#rows = externalRows(extensions);
    if (this.#rows.length > ILLEGAL - FIRST_EXTERNAL) {
      throw new RangeError(`${this.#rows.length} instructions from outside`);
    }
    for (const csr of extensions.flatMap(({ csrs }) => csrs ?? [])) {
      if (this.#csrs.has(csr.number)) throw new RangeError(`two registers ${csr.name}`);
      this.#csrs.set(csr.number, csr);
    }
  }

  execute(operation: number, word: number, nextPc: number): void {
    const hart = this.#hart;
    const index = (operation & OPERATION_MASK) - FIRST_EXTERNAL;
    const instruction = this.#instructions[index];
    const row = this.#rows[index];
    if (instruction === undefined || row === undefined) {
      hart.trap(Cause.illegalInstruction, word);
      return;
    }
    const operands = this.#operands;
    operands.word = word;
    operands.rd = operandOf(row, "rd", word);
    operands.rs1 = operandOf(row, "rs1", word);
    operands.rs2 = operandOf(row, "rs2", word);
    operands.immediate = operandOf(row, "immediate", word);
    const context = this.#context;
    context.word = word;
    instruction.execute(context, operands);
    if (!context.takeJump() && !hart.trapped) hart.setPc(nextPc);
  }

  readCsr(number: number): number | undefined {
    const hart = this.#hart;
    const value = this.#csrs.get(number)?.read(this.#context);
    if (value === undefined) return undefined;
    hart.out.high = hart.is64 ? Math.floor(value / TWO_32) | 0 : 0;
    return value | 0;
  }

  writeCsr(number: number, value: number, high: number): boolean {
    const csr = this.#csrs.get(number);
    return (
      csr?.write?.(this.#context, this.#hart.is64 ? high * TWO_32 + (value >>> 0) : value) ?? false
    );
  }
}
