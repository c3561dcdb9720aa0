import { Interrupt, Privilege } from "./cause.ts";
import { type Hart, Status } from "./hart.ts";

/** Control and status registers, by the numbers of the privileged specification. */
export const Csr = {
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mstatush: 0x310,
  menvcfgh: 0x31a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  mcycle: 0xb00,
  minstret: 0xb02,
  mcycleh: 0xb80,
  minstreth: 0xb82,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  cycleh: 0xc80,
  timeh: 0xc81,
  instreth: 0xc82,
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
} as const;

const TWO_32 = 0x1_0000_0000;
const MISA_RV32IMACSU = 0x40141105;
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
const PMP_CONFIGS = 4;
const PMP_ADDRESSES = 16;

function high(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}

/**
 * Reads a CSR, as a signed word; `undefined` when it does not exist or the current mode may not read it.
 *
 * @param own - instructions in the counts that have not retired: 1 for an instruction that reads, 0 for the host
 */
export function readCsr(hart: Hart, csr: number, own: 0 | 1 = 1): number | undefined {
  if (hart.privilege < ((csr >>> 8) & 3)) return undefined;
  switch (csr) {
    case Csr.sstatus:
      return hart.mstatus & SSTATUS_WRITABLE;
    case Csr.sie:
      return hart.mie & hart.mideleg;
    case Csr.stvec:
      return hart.stvec;
    case Csr.scounteren:
      return hart.scounteren;
    case Csr.sscratch:
      return hart.sscratch;
    case Csr.sepc:
      return hart.sepc;
    case Csr.scause:
      return hart.scause;
    case Csr.stval:
      return hart.stval;
    case Csr.sip:
      return hart.pending & hart.mideleg;
    case Csr.satp:
      return trapsVirtualMemory(hart) ? undefined : hart.satp;
    case Csr.mstatus:
      return hart.mstatus;
    case Csr.misa:
      return MISA_RV32IMACSU;
    case Csr.medeleg:
      return hart.medeleg;
    case Csr.mideleg:
      return hart.mideleg;
    case Csr.mie:
      return hart.mie;
    case Csr.mtvec:
      return hart.mtvec;
    case Csr.mcounteren:
      return hart.mcounteren;
    case Csr.mscratch:
      return hart.mscratch;
    case Csr.mepc:
      return hart.mepc;
    case Csr.mcause:
      return hart.mcause;
    case Csr.mtval:
      return hart.mtval;
    case Csr.mip:
      return hart.pending;
    case Csr.senvcfg:
    case Csr.menvcfg:
    case Csr.menvcfgh:
    case Csr.mstatush:
    case Csr.mcountinhibit:
    case Csr.mvendorid:
    case Csr.marchid:
    case Csr.mimpid:
    case Csr.mhartid:
      return 0;
    default:
      return isPmp(csr) ? 0 : readCounter(hart, csr, own);
  }
}

function isPmp(csr: number): boolean {
  return (
    (csr >= Csr.pmpcfg0 && csr < Csr.pmpcfg0 + PMP_CONFIGS) ||
    (csr >= Csr.pmpaddr0 && csr < Csr.pmpaddr0 + PMP_ADDRESSES)
  );
}

function trapsVirtualMemory(hart: Hart): boolean {
  return hart.privilege === Privilege.supervisor && (hart.mstatus & Status.tvm) !== 0;
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
  switch (csr) {
    case Csr.cycle:
    case Csr.mcycle:
      return hart.cycleOffset.low(hart.now - own);
    case Csr.cycleh:
    case Csr.mcycleh:
      return hart.cycleOffset.high(hart.now - own);
    case Csr.instret:
    case Csr.minstret:
      return hart.instretOffset.low(hart.instructions - own);
    case Csr.instreth:
    case Csr.minstreth:
      return hart.instretOffset.high(hart.instructions - own);
    case Csr.time:
      return hart.time | 0;
    case Csr.timeh:
      return high(hart.time);
    default:
      return undefined;
  }
}

/**
 * Writes a CSR; `false` when it does not exist, is read-only, or the current mode may not write it.
 *
 * @param own - as for {@link readCsr}
 */
export function writeCsr(hart: Hart, csr: number, value: number, own: 0 | 1 = 1): boolean {
  if (hart.privilege < ((csr >>> 8) & 3) || csr >>> 10 === 3) return false;
  switch (csr) {
    case Csr.sstatus:
      hart.setStatus((hart.mstatus & ~SSTATUS_WRITABLE) | (value & SSTATUS_WRITABLE));
      return true;
    case Csr.sie:
      hart.mie = (hart.mie & ~hart.mideleg) | (value & hart.mideleg);
      hart.endSlice();
      return true;
    case Csr.stvec:
      hart.stvec = value & ~2;
      return true;
    case Csr.scounteren:
      hart.scounteren = value & 7;
      return true;
    case Csr.sscratch:
      hart.sscratch = value;
      return true;
    case Csr.sepc:
      hart.sepc = value & ~1;
      return true;
    case Csr.scause:
      hart.scause = value;
      return true;
    case Csr.stval:
      hart.stval = value;
      return true;
    case Csr.sip: {
      const mask = SSIP & hart.mideleg;
      hart.softwarePending = (hart.softwarePending & ~mask) | (value & mask);
      hart.endSlice();
      return true;
    }
    case Csr.satp:
      if (trapsVirtualMemory(hart)) return false;
      hart.satp = value;
      hart.updateContext();
      return true;
    case Csr.mstatus:
      hart.setStatus(legalStatus(value & MSTATUS_WRITABLE));
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
      return true;
    case Csr.mcounteren:
      hart.mcounteren = value & 7;
      return true;
    case Csr.mscratch:
      hart.mscratch = value;
      return true;
    case Csr.mepc:
      hart.mepc = value & ~1;
      return true;
    case Csr.mcause:
      hart.mcause = value;
      return true;
    case Csr.mtval:
      hart.mtval = value;
      return true;
    case Csr.mip:
      hart.softwarePending = value & MIDELEG_WRITABLE;
      hart.endSlice();
      return true;
    case Csr.misa:
    case Csr.senvcfg:
    case Csr.menvcfg:
    case Csr.menvcfgh:
    case Csr.mstatush:
    case Csr.mcountinhibit:
      return true;
    default:
      return isPmp(csr) || writeCounter(hart, csr, value, own);
  }
}

/** Privilege 2 does not exist: `MPP` keeps to user mode then. */
function legalStatus(value: number): number {
  return (value & Status.mpp) === 2 << Status.mppShift ? value & ~Status.mpp : value;
}

function writeCounter(hart: Hart, csr: number, value: number, own: 0 | 1): boolean {
  // The next instruction reads what is written: the write's own increment is suppressed.
  switch (csr) {
    case Csr.mcycle:
      hart.cycleOffset.setLow(hart.now, hart.now - own, value);
      return true;
    case Csr.mcycleh:
      hart.cycleOffset.setHigh(hart.now, hart.now - own, value);
      return true;
    case Csr.minstret:
      hart.instretOffset.setLow(hart.instructions, hart.instructions - own, value);
      return true;
    case Csr.minstreth:
      hart.instretOffset.setHigh(hart.instructions, hart.instructions - own, value);
      return true;
    default:
      return false;
  }
}
