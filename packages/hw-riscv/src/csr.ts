import { Interrupt, Privilege } from "./cause.ts";
import type { CounterOffset } from "./counter-offset.ts";
import { Csr, isEventCounter } from "./csr-numbers.ts";
import { type Hart, Status } from "./hart.ts";
import { readPmp, writePmp } from "./pmp-csr.ts";

const TWO_32 = 0x1_0000_0000;
/** `SXL` and `UXL` of `mstatus`: 64 bits; in its upper half. */
const STATUS_XL = 0xa;
const STATUS_UXL = 0x2;
/** Top bit of a word: `SD`, and the mode of Sv32. */
const TOP = 0x80000000 | 0;
/** Bits of `misa` with letters of extensions. */
const MISA_LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** `MXL`, in the upper two bits. */
const MISA_32 = 0x40000000;
const SATP_MODE_SHIFT = 28;
const SATP_SV39 = 8;
const SSTATUS_WRITABLE = Status.sie | Status.spie | Status.spp | Status.sum | Status.mxr;
const MSTATUS_WRITABLE =
  SSTATUS_WRITABLE |
  Status.mie |
  Status.mpie |
  Status.mpp |
  Status.mprv |
  Status.tvm |
  Status.tw |
  Status.tsr;
const MEDELEG_WRITABLE = 0xb3ff;
const MIDELEG_WRITABLE =
  (1 << Interrupt.supervisorSoftware) |
  (1 << Interrupt.supervisorTimer) |
  (1 << Interrupt.supervisorExternal);
const MIE_WRITABLE =
  MIDELEG_WRITABLE |
  (1 << Interrupt.machineSoftware) |
  (1 << Interrupt.machineTimer) |
  (1 << Interrupt.machineExternal);
const SSIP = 1 << Interrupt.supervisorSoftware;

/** Bits of `fcsr`: the flags, and above them the rounding mode. */
const FFLAGS = 0x1f;
const FRM_SHIFT = 5;

/** A register that is as wide as XLEN: its upper half goes beside the result. */
function wide(hart: Hart, low: number, high: number): number {
  hart.out.high = high;
  return low;
}

function misa(hart: Hart): number {
  let letters = (1 << 18) | (1 << 20);
  for (const name of hart.extensions) {
    if (name.length === 1) letters |= 1 << MISA_LETTERS.indexOf(name);
  }
  return hart.is64 ? wide(hart, letters, TOP) : letters | MISA_32;
}

function status(hart: Hart, mask: number, xl: number): number {
  const value = hart.mstatus & mask;
  const isDirty = (value & Status.fs) === Status.fs;
  if (!hart.is64) return isDirty ? value | TOP : value;
  return wide(hart, value, isDirty ? xl | TOP : xl);
}

/** Whether floating point is there, and `mstatus.FS` does not switch it off. */
function hasFloat(hart: Hart): boolean {
  return hart.extensions.has("f") && (hart.mstatus & Status.fs) !== 0;
}

/**
 * Reads a CSR, as a signed word; `undefined` when it does not exist or the current mode may not read it. The upper half
 * is in `hart.out`.
 *
 * @param own - instructions in the counts that have not retired: 1 for an instruction that reads, 0 for the host
 */
export function readCsr(hart: Hart, csr: number, own: 0 | 1 = 1): number | undefined {
  hart.out.high = 0;
  if (hart.privilege < ((csr >>> 8) & 3)) return undefined;
  switch (csr) {
    case Csr.fflags:
      return hasFloat(hart) ? hart.fcsr & FFLAGS : undefined;
    case Csr.frm:
      return hasFloat(hart) ? hart.fcsr >>> FRM_SHIFT : undefined;
    case Csr.fcsr:
      return hasFloat(hart) ? hart.fcsr : undefined;
    case Csr.sstatus:
      return status(hart, SSTATUS_WRITABLE | Status.fs, STATUS_UXL);
    case Csr.sie:
      return hart.mie & hart.mideleg;
    case Csr.stvec:
      return wide(hart, hart.stvec, hart.stvecHigh);
    case Csr.scounteren:
      return hart.scounteren;
    case Csr.sscratch:
      return wide(hart, hart.sscratch, hart.sscratchHigh);
    case Csr.sepc:
      return wide(hart, hart.sepc, hart.sepcHigh);
    case Csr.scause:
      return wide(hart, hart.scause, hart.scauseHigh);
    case Csr.stval:
      return wide(hart, hart.stval, hart.stvalHigh);
    case Csr.sip:
      return hart.pending & hart.mideleg;
    case Csr.satp:
      return trapsVirtualMemory(hart) ? undefined : wide(hart, hart.satp, hart.satpHigh);
    case Csr.mstatus:
      return status(hart, -1, STATUS_XL);
    case Csr.misa:
      return misa(hart);
    case Csr.medeleg:
      return hart.medeleg;
    case Csr.mideleg:
      return hart.mideleg;
    case Csr.mie:
      return hart.mie;
    case Csr.mtvec:
      return wide(hart, hart.mtvec, hart.mtvecHigh);
    case Csr.mcounteren:
      return hart.mcounteren;
    case Csr.mscratch:
      return wide(hart, hart.mscratch, hart.mscratchHigh);
    case Csr.mepc:
      return wide(hart, hart.mepc, hart.mepcHigh);
    case Csr.mcause:
      return wide(hart, hart.mcause, hart.mcauseHigh);
    case Csr.mtval:
      return wide(hart, hart.mtval, hart.mtvalHigh);
    case Csr.mip:
      return hart.pending;
    case Csr.mhartid:
      return hart.id;
    case Csr.menvcfgh:
    case Csr.mstatush:
      return hart.is64 ? undefined : 0;
    case Csr.senvcfg:
    case Csr.menvcfg:
    case Csr.mcountinhibit:
    case Csr.mvendorid:
    case Csr.marchid:
    case Csr.mimpid:
    case Csr.mconfigptr:
    case Csr.tselect: // There are no triggers.
    case Csr.tdata1:
    case Csr.tdata2:
    case Csr.tdata3:
      return 0;
    default:
      return readPmp(hart, csr) ?? readCounter(hart, csr, own) ?? hart.external?.readCsr(csr);
  }
}

function trapsVirtualMemory(hart: Hart): boolean {
  return hart.privilege === Privilege.supervisor && (hart.mstatus & Status.tvm) !== 0;
}

/** What the number of a counter's upper half on RV32 has beside that of the lower one. */
const UPPER = 0x80;
function upperOf(csr: number): boolean {
  return csr >= Csr.mcycle && (csr & UPPER) !== 0;
}

function half(hart: Hart, isUpper: boolean, offset: CounterOffset, count: number): number {
  if (isUpper) return offset.high(count);
  return hart.is64 ? wide(hart, offset.low(count), offset.high(count)) : offset.low(count);
}

function readCounter(hart: Hart, csr: number, own: 0 | 1): number | undefined {
  const index = csr & 0x1f;
  if (csr >= Csr.cycle) {
    const machineAllows = ((hart.mcounteren >>> index) & 1) !== 0;
    const supervisorAllows = ((hart.scounteren >>> index) & 1) !== 0;
    if (hart.privilege !== Privilege.machine && !machineAllows) return undefined;
    if (hart.privilege === Privilege.user && !supervisorAllows) return undefined;
  }
  // The instruction that reads a counter is not in it yet.
  const upper = upperOf(csr);
  if (upper && hart.is64) return undefined;
  switch (csr & ~UPPER) {
    case Csr.cycle:
    case Csr.mcycle:
      return half(hart, upper, hart.cycleOffset, hart.now - own);
    case Csr.instret:
    case Csr.minstret:
      return half(hart, upper, hart.instretOffset, hart.instructions - own);
    case Csr.time: {
      if (!hart.hasTime) return undefined;
      const { time } = hart;
      const high = Math.floor(time / TWO_32) | 0;
      if (upper) return high;
      return hart.is64 ? wide(hart, time | 0, high) : time | 0;
    }
    default:
      return isEventCounter(csr) ? 0 : undefined;
  }
}

/**
 * Writes a CSR; `false` when it does not exist, is read-only, or the current mode may not write it.
 *
 * @param own - as for {@link readCsr}
 */
export function writeCsr(hart: Hart, csr: number, value: number, own: 0 | 1 = 1): boolean {
  if (hart.privilege < ((csr >>> 8) & 3) || csr >>> 10 === 3) return false;
  const high = hart.is64 ? hart.out.high : 0;
  const floatStatus = hart.extensions.has("f") ? Status.fs : 0;
  switch (csr) {
    case Csr.fflags:
      return hart.setFcsr((hart.fcsr & ~FFLAGS) | (value & FFLAGS));
    case Csr.frm:
      return hart.setFcsr((hart.fcsr & FFLAGS) | ((value & 7) << FRM_SHIFT));
    case Csr.fcsr:
      return hart.setFcsr(value & 0xff);
    case Csr.sstatus: {
      const mask = SSTATUS_WRITABLE | floatStatus;
      hart.setStatus((hart.mstatus & ~mask) | (value & mask));
      return true;
    }
    case Csr.sie:
      hart.mie = (hart.mie & ~hart.mideleg) | (value & hart.mideleg);
      hart.endSlice();
      return true;
    case Csr.stvec:
      hart.stvec = value & ~2;
      hart.stvecHigh = high;
      return true;
    case Csr.scounteren:
      hart.scounteren = value & 7;
      return true;
    case Csr.sscratch:
      hart.sscratch = value;
      hart.sscratchHigh = high;
      return true;
    case Csr.sepc:
      hart.sepc = value & ~1;
      hart.sepcHigh = high;
      return true;
    case Csr.scause:
      hart.scause = value;
      hart.scauseHigh = high;
      return true;
    case Csr.stval:
      hart.stval = value;
      hart.stvalHigh = high;
      return true;
    case Csr.sip: {
      const mask = SSIP & hart.mideleg;
      hart.softwarePending = (hart.softwarePending & ~mask) | (value & mask);
      hart.endSlice();
      return true;
    }
    case Csr.satp:
      if (trapsVirtualMemory(hart)) return false;
      if (hart.is64) {
        const mode = high >>> SATP_MODE_SHIFT;
        // Another mode does not exist: nothing is written.
        if (mode !== 0 && mode !== SATP_SV39) return true;
      }
      hart.satp = value;
      hart.satpHigh = high;
      hart.updateContext();
      return true;
    case Csr.mstatus:
      hart.setStatus(legalStatus(value & (MSTATUS_WRITABLE | floatStatus)));
      return true;
    case Csr.medeleg:
      hart.medeleg = value & MEDELEG_WRITABLE;
      return true;
    case Csr.mideleg:
      hart.mideleg = value & MIDELEG_WRITABLE;
      hart.endSlice();
      return true;
    case Csr.mie:
      hart.mie = value & MIE_WRITABLE;
      hart.endSlice();
      return true;
    case Csr.mtvec:
      hart.mtvec = value & ~2;
      hart.mtvecHigh = high;
      return true;
    case Csr.mcounteren:
      hart.mcounteren = value & 7;
      return true;
    case Csr.mscratch:
      hart.mscratch = value;
      hart.mscratchHigh = high;
      return true;
    case Csr.mepc:
      hart.mepc = value & ~1;
      hart.mepcHigh = high;
      return true;
    case Csr.mcause:
      hart.mcause = value;
      hart.mcauseHigh = high;
      return true;
    case Csr.mtval:
      hart.mtval = value;
      hart.mtvalHigh = high;
      return true;
    case Csr.mip:
      hart.softwarePending = value & MIDELEG_WRITABLE;
      hart.endSlice();
      return true;
    case Csr.misa:
    case Csr.senvcfg:
    case Csr.menvcfg:
    case Csr.mcountinhibit:
    case Csr.tselect:
    case Csr.tdata1:
    case Csr.tdata2:
    case Csr.tdata3:
      return true;
    case Csr.menvcfgh:
    case Csr.mstatush:
      return !hart.is64;
    default:
      return (
        writePmp(hart, csr, value, high) ||
        writeCounter(hart, csr, value, own) ||
        (hart.external?.writeCsr(csr, value, high) ?? false)
      );
  }
}

/** Privilege 2 does not exist: `MPP` keeps to user mode then. */
function legalStatus(value: number): number {
  return (value & Status.mpp) === 2 << Status.mppShift ? value & ~Status.mpp : value;
}

function writeCounter(hart: Hart, csr: number, value: number, own: 0 | 1): boolean {
  const upper = upperOf(csr);
  if (upper && hart.is64) return false;
  const isCycle = (csr & ~UPPER) === Csr.mcycle;
  if (!isCycle && (csr & ~UPPER) !== Csr.minstret) return isEventCounter(csr);
  const offset = isCycle ? hart.cycleOffset : hart.instretOffset;
  // The next instruction reads what is written: the write's own increment is suppressed.
  const count = isCycle ? hart.now : hart.instructions;
  if (upper) {
    offset.setHigh(count, count - own, value);
    return true;
  }
  const { high } = hart.out;
  offset.setLow(count, count - own, value);
  if (hart.is64) offset.setHigh(count, count, high);
  return true;
}
