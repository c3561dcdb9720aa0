import { executeArithmetic, executeImmediate } from "./arithmetic.ts";
import type { MemoryWindows } from "./memory-windows.ts";
import { VcTopPermission } from "./registers/vc-top.ts";

/** Why the core stopped by itself. */
export type CoreStop =
  | "finish"
  | "host-request"
  /** No window lets the core fetch from there. */
  | "fetch-fault"
  | "illegal-instruction"
  /** No window lets the core load or store there, or the address is not aligned. */
  | "data-fault";

/** Instructions and cycles since reset: read-only control and status registers of Springbok. */
const CSR_INSTRUCTIONS = 0x7c0;
const CSR_CYCLES = 0x7c1;
/** `csrrs rd, csr, x0`: the only access to control and status registers. */
const CSRRS_X0 = 0x2073;
/** No program counter: it is no multiple of 4. */
const REFUSED = -1;
const WORD_BYTES = 4;
/** funct3 of Springbok's own instructions (opcode custom-3). */
const HOSTREQ = 2;
const FINISH = 3;

/**
 * The scalar part of the Springbok core: RV32IM, its `finish` and `hostreq` instructions and its counters.
 *
 * An instruction takes one cycle. What is refused changes nothing: `pc` stays at the instruction.
 */
export class ScalarCore {
  readonly x: Int32Array = new Int32Array(32);
  /** Instructions since reset. */
  instructions = 0;
  /** Signed, as registers are: numbers above 2^31 would not be small integers for the engine. */
  #pc = 0;
  readonly #windows: MemoryWindows;
  readonly #memory: DataView;
  /** Set by the instruction that ended the run. */
  #stop: CoreStop | undefined;

  /** @param memory - what the windows' offsets count in */
  constructor(windows: MemoryWindows, memory: DataView) {
    this.#windows = windows;
    this.#memory = memory;
  }

  /** Clears registers and counters and sets the program counter. */
  reset(pc: number): void {
    this.x.fill(0);
    this.#pc = pc | 0;
    this.instructions = 0;
  }

  /** Executes at most `budget` instructions; tells why it stopped before, if it did. */
  run(budget: number): CoreStop | undefined {
    const memory = this.#memory;
    const { x } = this;
    let pc = this.#pc;
    /** Words from `first` to `last` may be fetched, from `at` on. Nobody changes a window meanwhile. */
    let first = 0;
    let last = -1;
    let at = 0;
    this.#clearStop();
    for (let left = budget; left > 0; left--) {
      if (pc < first || pc > last || (pc & 3) !== 0) {
        at = (pc & 3) !== 0 ? -1 : this.#windows.translate(pc, WORD_BYTES, EXECUTE);
        if (at < 0) {
          this.#stop = "fetch-fault";
          break;
        }
        first = pc;
        last = this.#windows.lastWordFrom(pc, at);
      }
      const next = this.#execute(memory.getInt32(at + (pc - first), true), pc);
      if (next === REFUSED) {
        this.#stop ??= "illegal-instruction";
        break;
      }
      x[0] = 0;
      pc = next;
      this.instructions++;
      if (this.#stop !== undefined) break;
    }
    this.#pc = pc;
    return this.#stop;
  }

  #clearStop(): void {
    this.#stop = undefined;
  }

  /** Executes an instruction; returns the next program counter, or {@link REFUSED}. */
  #execute(word: number, pc: number): number {
    const { x } = this;
    const rd = (word >>> 7) & 31;
    const a = x[(word >>> 15) & 31] ?? 0;
    const next = (pc + WORD_BYTES) | 0;
    switch (word & 0x7f) {
      case 0x37: // lui
        x[rd] = word & ~0xfff;
        return next;
      case 0x17: // auipc
        x[rd] = pc + (word & ~0xfff);
        return next;
      case 0x6f: // jal
        return this.#jump(rd, next, (pc + jumpOffset(word)) | 0);
      case 0x67: // jalr
        return (word & 0x7000) === 0 ? this.#jump(rd, next, (a + (word >> 20)) & ~1) : REFUSED;
      case 0x63:
        return branch(word, a, x[(word >>> 20) & 31] ?? 0, pc, next);
      case 0x03:
        return this.#load(word, (a + (word >> 20)) | 0, rd) ? next : REFUSED;
      case 0x23: {
        const address = (a + (((word >> 25) << 5) | rd)) | 0;
        return this.#store(word, address, x[(word >>> 20) & 31] ?? 0) ? next : REFUSED;
      }
      case 0x13:
        return executeImmediate(x, word, rd, a) ? next : REFUSED;
      case 0x33:
        return executeArithmetic(x, word, rd, a) ? next : REFUSED;
      case 0x0f: // fence, fence.i: one core, no caches
        return (word & 0x6000) === 0 ? next : REFUSED;
      case 0x73:
        return this.#readCounter(word, rd) ? next : REFUSED;
      case 0x7b: // custom-3
        return this.#special((word >>> 12) & 7) ? next : REFUSED;
      default:
        return REFUSED;
    }
  }

  #jump(rd: number, link: number, target: number): number {
    // Not RVC: targets are words.
    if ((target & 3) !== 0) return REFUSED;
    this.x[rd] = link;
    return target;
  }

  #load(word: number, address: number, rd: number): boolean {
    const kind = (word >>> 12) & 7;
    // lb lh lw . lbu lhu
    if (kind === 3 || kind > 5) return false;
    const size = 1 << (kind & 3);
    const at = this.#data(address, size, VcTopPermission.READ);
    if (at < 0) return false;
    const memory = this.#memory;
    let value: number;
    if (size === 4) value = memory.getInt32(at, true);
    else if (size === 2)
      value = kind === 1 ? memory.getInt16(at, true) : memory.getUint16(at, true);
    else value = kind === 0 ? memory.getInt8(at) : memory.getUint8(at);
    this.x[rd] = value;
    return true;
  }

  #store(word: number, address: number, value: number): boolean {
    const kind = (word >>> 12) & 7;
    if (kind > 2) return false;
    const size = 1 << kind;
    const at = this.#data(address, size, VcTopPermission.WRITE);
    if (at < 0) return false;
    if (size === 4) this.#memory.setInt32(at, value, true);
    else if (size === 2) this.#memory.setInt16(at, value, true);
    else this.#memory.setInt8(at, value);
    return true;
  }

  #data(address: number, size: number, permission: number): number {
    const at =
      (address & (size - 1)) !== 0 ? -1 : this.#windows.translate(address, size, permission);
    if (at < 0) this.#stop = "data-fault";
    return at;
  }

  #readCounter(word: number, rd: number): boolean {
    const csr = word >>> 20;
    if ((word & 0xff07f) !== CSRRS_X0 || (csr !== CSR_INSTRUCTIONS && csr !== CSR_CYCLES))
      return false;
    this.x[rd] = this.instructions;
    return true;
  }

  #special(kind: number): boolean {
    if (kind === FINISH) this.#stop = "finish";
    else if (kind === HOSTREQ) this.#stop = "host-request";
    else return false;
    return true;
  }
}

const EXECUTE = VcTopPermission.EXECUTE;

function jumpOffset(word: number): number {
  return ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
}

/** The next program counter; {@link REFUSED} when the instruction is illegal or its target no word. */
function branch(word: number, a: number, b: number, pc: number, next: number): number {
  let isTaken: boolean;
  switch ((word >>> 12) & 7) {
    case 0:
      isTaken = a === b;
      break;
    case 1:
      isTaken = a !== b;
      break;
    case 4:
      isTaken = a < b;
      break;
    case 5:
      isTaken = a >= b;
      break;
    case 6:
      isTaken = a >>> 0 < b >>> 0;
      break;
    case 7:
      isTaken = a >>> 0 >= b >>> 0;
      break;
    default:
      return REFUSED;
  }
  if (!isTaken) return next;
  const offset =
    ((word >> 31) << 12) | ((word << 4) & 0x800) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e);
  return (offset & 3) === 0 ? (pc + offset) | 0 : REFUSED;
}
