import { Cause } from "./cause.ts";
import { CANONICAL_NAN_F32, type RoundingMode } from "./float/float-context.ts";
import { BufferWords } from "./guest-memory.ts";
import { type Hart, Status } from "./hart.ts";
import { RD_SHIFT, RS1_SHIFT, RS2_SHIFT } from "./isa/decoded.ts";

/** `rm`: the mode is in `frm`. */
const DYNAMIC = 7;
const LAST_MODE = 4;
const FRM_SHIFT = 5;
const PAGE_MASK = 0xfff;

/** The instruction at the pc, as it stands in memory. */
function instruction(hart: Hart): number {
  const { memory, mmu, pc } = hart;
  const page = mmu.fetchPage(pc, hart.pcHigh);
  const half = ((page?.offset ?? 0) + (pc & PAGE_MASK)) >>> 1;
  const low = memory.halves[half] ?? 0;
  if ((low & 3) !== 3) return low;
  if ((pc & PAGE_MASK) !== PAGE_MASK - 1) return low | ((memory.halves[half + 1] ?? 0) << 16);
  const next = (pc + 2) | 0;
  const second = mmu.fetchPage(next, next === 0 ? (hart.pcHigh + 1) | 0 : hart.pcHigh);
  return low | ((memory.halves[(second?.offset ?? 0) >>> 1] ?? 0) << 16);
}

function isOff(hart: Hart): boolean {
  if ((hart.mstatus & Status.fs) !== 0) return false;
  hart.trap(Cause.illegalInstruction, instruction(hart));
  return true;
}

/**
 * Begins an operation; `false` after a trap: floating point is off, or the rounding mode does not exist.
 *
 * @param rm - the instruction's field
 */
export function start(hart: Hart, rm: number): boolean {
  if (isOff(hart)) return false;
  const mode = rm === DYNAMIC ? hart.fcsr >>> FRM_SHIFT : rm;
  if (mode > LAST_MODE) {
    hart.trap(Cause.illegalInstruction, instruction(hart));
    return false;
  }
  hart.fpu.roundingMode = mode as RoundingMode;
  hart.fpu.flags = 0;
  return true;
}

/** Ends an operation: its exceptions join those before. */
export function finish(hart: Hart): void {
  if (hart.fpu.flags === 0) return;
  hart.fcsr |= hart.fpu.flags;
  hart.mstatus |= Status.fs;
}

/** A single-precision operand: what is not boxed in ones is a NaN. */
export function single(hart: Hart, register: number): number {
  return hart.x[BufferWords.floatHigh + register] === -1
    ? (hart.x[BufferWords.float + register] ?? 0)
    : CANONICAL_NAN_F32;
}

export function setSingle(hart: Hart, register: number, bits: number): void {
  setDouble(hart, register, bits, -1);
}

export function setDouble(hart: Hart, register: number, low: number, high: number): void {
  hart.x[BufferWords.float + register] = low;
  hart.x[BufferWords.floatHigh + register] = high;
  hart.mstatus |= Status.fs;
}

/** `flw` and `fld`. */
export function loadFloat(hart: Hart, operation: number, immediate: number, bytes: 4 | 8): void {
  if (isOff(hart)) return;
  const address = hart.addressOf((operation >>> RS1_SHIFT) & 31, immediate);
  const value = hart.load(address, bytes, hart.out.high);
  if (hart.trapped) return;
  setDouble(hart, (operation >>> RD_SHIFT) & 31, value, bytes === 8 ? hart.out.high : -1);
}

/** `fsw` and `fsd`. */
export function storeFloat(hart: Hart, operation: number, immediate: number, bytes: 4 | 8): void {
  if (isOff(hart)) return;
  const address = hart.addressOf((operation >>> RS1_SHIFT) & 31, immediate);
  const rs2 = (operation >>> RS2_SHIFT) & 31;
  const low = hart.x[BufferWords.float + rs2] ?? 0;
  const high = hart.x[BufferWords.floatHigh + rs2] ?? 0;
  hart.store(address, low, bytes, hart.out.high, high);
}

/** `fmv.x.w` and `fmv.x.d`: bits, boxed or not. */
export function moveToInteger(hart: Hart, operation: number, bytes: 4 | 8): void {
  if (isOff(hart)) return;
  const rs1 = (operation >>> RS1_SHIFT) & 31;
  const low = hart.x[BufferWords.float + rs1] ?? 0;
  const high = bytes === 8 ? (hart.x[BufferWords.floatHigh + rs1] ?? 0) : low >> 31;
  hart.setRegister((operation >>> RD_SHIFT) & 63, low, high);
}

/** `fmv.w.x` and `fmv.d.x`. */
export function moveToFloat(hart: Hart, operation: number, bytes: 4 | 8): void {
  if (isOff(hart)) return;
  const rs1 = (operation >>> RS1_SHIFT) & 31;
  const high = bytes === 8 ? hart.high(rs1) : -1;
  setDouble(hart, (operation >>> RD_SHIFT) & 31, hart.x[rs1] ?? 0, high);
}
