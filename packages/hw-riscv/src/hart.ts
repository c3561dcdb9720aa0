import { Interrupt, Privilege } from "./cause.ts";
import { CounterOffset } from "./counter-offset.ts";
import { EventQueue } from "./event-queue.ts";
import { externalRows } from "./isa/external-rows.ts";
import { FloatUnit } from "./float/float-unit.ts";
import { BufferWords, type GuestMemory } from "./guest-memory.ts";
import type { HartDescription } from "./hart-description.ts";
import type { Decoded } from "./isa/decoded.ts";
import { Decoder } from "./isa/decoder.ts";
import type { Xlen } from "./isa/instruction.ts";
import type { IsaExtension } from "./isa-extension.ts";
import { carriedHigh, Mmu } from "./mmu.ts";
import type { Bus } from "./bus.ts";
import type {
  ExternalExecutor,
  Firmware,
  HostedExecutor,
  Supervisor,
  TrapWatcher,
} from "./seams.ts";

export const Status = {
  sie: 0x2,
  mie: 0x8,
  spie: 0x20,
  mpie: 0x80,
  spp: 0x100,
  mppShift: 11,
  mpp: 0x1800,
  /** State of the floating-point registers: off, initial, clean, dirty. */
  fs: 0x6000,
  fsInitial: 0x2000,
  mprv: 0x20000,
  sum: 0x40000,
  mxr: 0x80000,
  tvm: 0x100000,
  tw: 0x200000,
  tsr: 0x400000,
} as const;

const SUPERVISOR_INTERRUPTS =
  (1 << Interrupt.supervisorSoftware) |
  (1 << Interrupt.supervisorTimer) |
  (1 << Interrupt.supervisorExternal);
/** What usual firmware delegates: everything but illegal instructions' neighbours in machine mode. */
const USUAL_DELEGATION = 0xb1ff;
/** Top bit of a cause, in its upper half on RV64. */
const INTERRUPT_FLAG = 0x80000000 | 0;
/** Where the counts of interrupts begin among those of traps. */
export const FIRST_INTERRUPT_COUNT = 32;
const INTERRUPT_PRIORITY = [
  Interrupt.machineExternal,
  Interrupt.machineSoftware,
  Interrupt.machineTimer,
  Interrupt.supervisorExternal,
  Interrupt.supervisorSoftware,
  Interrupt.supervisorTimer,
] as const;

/**
 * One hart: registers, control and status registers, traps, and its share of virtual time.
 *
 * Time is counted in cycles: instructions issued, cycles charged, and cycles slept through. `left` counts down to the
 * next moment at which anything but the program can happen; `now = end - left` at any time.
 */
export class Hart {
  readonly memory: GuestMemory;
  readonly bus: Bus;
  readonly mmu: Mmu;
  readonly events: EventQueue = new EventQueue();
  /** `x0`..`x31` and the sink for writes to `x0`. */
  readonly x: Int32Array;
  readonly instructionsPerTick: number;
  /** Whether there is a `time` register. */
  readonly hasTime: boolean;
  /** `mhartid`. */
  readonly id: number;
  readonly xlen: Xlen;
  readonly is64: boolean;
  /** Names of the extensions. */
  readonly extensions: ReadonlySet<string>;
  readonly decoder: Decoder;
  /** The instruction that was decoded last. */
  readonly decoded: Decoded = { operation: 0, immediate: 0 };
  /** Upper halves of results that have two. */
  readonly out: { high: number } = { high: 0 };

  /** Lower half of the address of the next instruction, signed. */
  pc = 0;
  /** Upper half; 0 on RV32. */
  pcHigh = 0;
  privilege: Privilege = Privilege.machine;
  /** Set by a trap; whoever ran the instruction clears it. */
  trapped = false;
  /** Waits for an interrupt. */
  waiting = false;
  /** Traps taken so far, by their cause; those of interrupts from {@link FIRST_INTERRUPT_COUNT}. */
  readonly trapCounts: Float64Array = new Float64Array(2 * FIRST_INTERRUPT_COUNT);
  /** Why the machine halted. */
  haltReason: string | undefined;
  stopRequested = false;

  end = 0;
  left = 0;
  /** Cycles that were slept through, which no instruction used. */
  idleCycles = 0;

  mstatus = 0;
  mie = 0;
  mideleg = 0;
  medeleg = 0;
  // Registers as wide as XLEN have their upper halves beside them; those are 0 on RV32.
  mtvec = 0;
  mtvecHigh = 0;
  mscratch = 0;
  mscratchHigh = 0;
  mepc = 0;
  mepcHigh = 0;
  mcause = 0;
  mcauseHigh = 0;
  mtval = 0;
  mtvalHigh = 0;
  mcounteren = 0;
  stvec = 0;
  stvecHigh = 0;
  sscratch = 0;
  sscratchHigh = 0;
  sepc = 0;
  sepcHigh = 0;
  scause = 0;
  scauseHigh = 0;
  stval = 0;
  stvalHigh = 0;
  scounteren = 0;
  satp = 0;
  satpHigh = 0;
  /** Arithmetic of floating point. */
  readonly fpu: FloatUnit = new FloatUnit();
  /** `fcsr`: flags in bits 4:0, rounding mode in 7:5. */
  fcsr = 0;
  /** Bits of `mip` that software sets. */
  softwarePending = 0;
  /** Bits of `mip` that devices drive. */
  lines = 0;
  /** Cycle at which the seam's supervisor timer falls due. */
  supervisorTimerAt: number;
  /** Physical address of the LR/SC reservation, or -1. */
  reservation = -1;
  /** `minstret` and `mcycle` minus the machine's own counts, after a write to them. */
  readonly instretOffset: CounterOffset = new CounterOffset();
  readonly cycleOffset: CounterOffset = new CounterOffset();

  firmware: Firmware | undefined;
  supervisor: Supervisor | undefined;
  hosted: HostedExecutor | undefined;
  /** Instructions and registers from outside. */
  external: ExternalExecutor | undefined;
  trapWatcher: TrapWatcher | undefined;
  /** Source of `time` where a device of the platform counts it. */
  timeSource: (() => number) | undefined;

  constructor(
    memory: GuestMemory,
    bus: Bus,
    instructionsPerTick: number,
    description: HartDescription,
    extensions: readonly IsaExtension[],
  ) {
    this.memory = memory;
    this.bus = bus;
    this.id = description.id ?? 0;
    this.hasTime = description.hasTime ?? true;
    this.xlen = description.xlen;
    this.is64 = description.xlen === 64;
    this.extensions = new Set(["i", "zicsr", ...description.extensions]);
    this.decoder = new Decoder({
      xlen: this.xlen,
      extensions: this.extensions,
      external: externalRows(extensions),
    });
    this.mmu = new Mmu(memory, bus, this.xlen, description.accessDirty === "update");
    this.x = memory.registers;
    this.instructionsPerTick = instructionsPerTick;
    this.supervisorTimerAt = Infinity;
    // Single-precision values are the lower half of registers whose upper half is all ones.
    if (!this.extensions.has("d"))
      this.x.fill(-1, BufferWords.floatHigh, BufferWords.floatHigh + 32);
  }

  /** Virtual time in cycles. */
  get now(): number {
    return this.end - this.left;
  }
  /** Instructions issued and charged. */
  get instructions(): number {
    return this.now - this.idleCycles;
  }
  /** Virtual time in ticks of the platform's time base. */
  get ticks(): number {
    return Math.floor(this.now / this.instructionsPerTick);
  }
  /** Puts {@link ticks} into word 0. Written out: a getter that is not inlined returns an object on the heap. */
  readTicks(into: Float64Array): void {
    into[0] = Math.floor((this.end - this.left) / this.instructionsPerTick);
  }
  /** What the `time` register reads. */
  get time(): number {
    return this.timeSource === undefined ? this.ticks : this.timeSource();
  }

  /** Makes the interpreter stop before the next instruction, so that interrupts and events are looked at. */
  endSlice(): void {
    if (this.left > 0) {
      this.end -= this.left;
      this.left = 0;
    }
  }

  charge(cycles: number): void {
    this.left -= cycles;
  }

  /** Sleeps until a cycle. */
  sleepUntil(cycle: number): void {
    const skipped = cycle - this.now;
    if (skipped <= 0) return;
    this.end += skipped;
    this.idleCycles += skipped;
  }

  /** Tells the MMU after a change of privilege, `satp` or `mstatus`. */
  updateContext(): void {
    const mprv = this.privilege === Privilege.machine && (this.mstatus & Status.mprv) !== 0;
    const dataPrivilege = mprv ? (this.mstatus & Status.mpp) >>> Status.mppShift : this.privilege;
    this.mmu.setContext(this.satp, this.privilege, dataPrivilege, this.satpHigh);
  }

  setStatus(value: number): void {
    this.mstatus = value;
    this.mmu.setPermissions((value & Status.sum) !== 0, (value & Status.mxr) !== 0);
    this.updateContext();
    this.endSlice();
  }

  /** Sets `fcsr`; `false` while floating point is off or does not exist. */
  setFcsr(value: number): boolean {
    if (!this.extensions.has("f") || (this.mstatus & Status.fs) === 0) return false;
    this.fcsr = value;
    this.mstatus |= Status.fs;
    return true;
  }

  setLine(interrupt: Interrupt, level: boolean): void {
    const bit = 1 << interrupt;
    const lines = level ? this.lines | bit : this.lines & ~bit;
    if (lines === this.lines) return;
    this.lines = lines;
    if (level) this.endSlice();
  }

  /** The value of `mip`. */
  get pending(): number {
    const timer = this.now >= this.supervisorTimerAt ? 1 << Interrupt.supervisorTimer : 0;
    return this.lines | this.softwarePending | timer;
  }

  /** Interrupts that end a wait. */
  get wakeUps(): number {
    return (
      this.pending & (this.supervisor === undefined ? this.mie : this.mie | SUPERVISOR_INTERRUPTS)
    );
  }

  /** Takes the most important interrupt that is enabled; `false` when there is none. */
  takeInterrupt(): boolean {
    const pending = this.wakeUps;
    if (pending === 0) return false;
    const delegated = this.supervisor === undefined ? this.mideleg : SUPERVISOR_INTERRUPTS;
    const machine = pending & ~delegated;
    const machineEnabled =
      this.privilege !== Privilege.machine || (this.mstatus & Status.mie) !== 0;
    let candidates = machineEnabled ? machine : 0;
    if (candidates === 0) {
      const supervisorEnabled =
        this.privilege === Privilege.user ||
        (this.privilege === Privilege.supervisor && (this.mstatus & Status.sie) !== 0);
      candidates = supervisorEnabled ? pending & delegated : 0;
    }
    for (const interrupt of INTERRUPT_PRIORITY) {
      if ((candidates & (1 << interrupt)) === 0) continue;
      this.waiting = false;
      this.trap(interrupt | (1 << 31), 0);
      this.trapped = false;
      return true;
    }
    return false;
  }

  /**
   * Takes a trap at `pc`.
   *
   * @param cause - exception code, or interrupt number with bit 31 set
   * @param valueHigh - upper half of the value
   */
  trap(cause: number, value: number, valueHigh = 0): void {
    const isInterrupt = cause < 0;
    const code = cause & 31;
    this.trapped = true;
    const counted = isInterrupt ? FIRST_INTERRUPT_COUNT + code : code;
    this.trapCounts[counted] = (this.trapCounts[counted] ?? 0) + 1;
    this.reservation = -1;
    const delegation = isInterrupt ? this.mideleg : this.medeleg;
    const toSupervisor = this.privilege !== Privilege.machine && ((delegation >>> code) & 1) !== 0;
    if (this.supervisor !== undefined && (toSupervisor || this.firmware === undefined)) {
      const whole = this.is64 ? wide(value, valueHigh) : value >>> 0;
      this.supervisor.trap(cause >>> 0, whole, value, valueHigh);
    } else if (toSupervisor) {
      this.#enterSupervisor(cause, value, valueHigh);
    } else if (this.firmware === undefined) {
      this.#enterMachine(cause, value, valueHigh);
    } else {
      this.firmware.trap(cause >>> 0, this.is64 ? wide(value, valueHigh) : value >>> 0);
    }
    this.updateContext();
  }

  #enterSupervisor(cause: number, value: number, valueHigh: number): void {
    this.scause = this.is64 ? cause & 0x7fffffff : cause;
    this.scauseHigh = this.is64 ? cause & INTERRUPT_FLAG : 0;
    this.stval = value;
    this.stvalHigh = valueHigh;
    this.sepc = this.pc;
    this.sepcHigh = this.pcHigh;
    const old = this.mstatus;
    this.mstatus =
      (old & ~(Status.sie | Status.spie | Status.spp)) |
      ((old & Status.sie) !== 0 ? Status.spie : 0) |
      (this.privilege === Privilege.supervisor ? Status.spp : 0);
    this.privilege = Privilege.supervisor;
    this.pc = vector(this.stvec, cause);
    this.pcHigh = carriedHigh(this.stvec, this.pc, this.stvecHigh);
    this.trapWatcher?.entered();
  }

  #enterMachine(cause: number, value: number, valueHigh: number): void {
    this.mcause = this.is64 ? cause & 0x7fffffff : cause;
    this.mcauseHigh = this.is64 ? cause & INTERRUPT_FLAG : 0;
    this.mtval = value;
    this.mtvalHigh = valueHigh;
    this.mepc = this.pc;
    this.mepcHigh = this.pcHigh;
    const old = this.mstatus;
    this.mstatus =
      (old & ~(Status.mie | Status.mpie | Status.mpp)) |
      ((old & Status.mie) !== 0 ? Status.mpie : 0) |
      (this.privilege << Status.mppShift);
    this.privilege = Privilege.machine;
    this.pc = vector(this.mtvec, cause);
    this.pcHigh = carriedHigh(this.mtvec, this.pc, this.mtvecHigh);
  }

  /** `sret`. */
  returnFromSupervisor(): void {
    const old = this.mstatus;
    this.privilege = (old & Status.spp) !== 0 ? Privilege.supervisor : Privilege.user;
    this.mstatus =
      (old & ~(Status.sie | Status.spie | Status.spp | Status.mprv)) |
      ((old & Status.spie) !== 0 ? Status.sie : 0) |
      Status.spie;
    this.#resume(this.sepc, this.sepcHigh);
    this.trapWatcher?.returned();
  }

  /** `mret`. */
  returnFromMachine(): void {
    const old = this.mstatus;
    const previous = (old & Status.mpp) >>> Status.mppShift;
    this.privilege =
      previous === 3 ? Privilege.machine : previous === 1 ? Privilege.supervisor : Privilege.user;
    this.mstatus =
      (old & ~(Status.mie | Status.mpie | Status.mpp | (previous === 3 ? 0 : Status.mprv))) |
      ((old & Status.mpie) !== 0 ? Status.mie : 0) |
      Status.mpie;
    this.#resume(this.mepc, this.mepcHigh);
  }

  #resume(pc: number, pcHigh: number): void {
    this.pc = pc;
    this.pcHigh = pcHigh;
    this.reservation = -1;
    this.updateContext();
    if (this.wakeUps !== 0) this.endSlice();
  }

  /** The state in which usual firmware enters a supervisor: delegation, user counters, supervisor mode. */
  delegateLikeFirmware(): void {
    this.medeleg = USUAL_DELEGATION;
    this.mideleg = SUPERVISOR_INTERRUPTS;
    this.mcounteren = 7;
    this.scounteren = 7;
    if (this.extensions.has("f")) this.mstatus |= Status.fsInitial;
  }

  /** Sets the pc to an address a little above it: the next instruction's. */
  setPc(next: number): void {
    if (this.is64) this.pcHigh = carriedHigh(this.pc, next, this.pcHigh);
    this.pc = next;
  }

  /** Takes the trap of an access that the MMU refused. */
  trapOnFault(): void {
    this.trap(this.mmu.fault, this.mmu.faultAddress, this.mmu.faultAddressHigh);
  }

  /** Upper half of an integer register. */
  high(register: number): number {
    return this.is64 ? (this.x[register + BufferWords.high] ?? 0) : 0;
  }

  /** Sets an integer register, as an instruction does: `x0` keeps its value. */
  setRegister(register: number, low: number, high: number): void {
    if (register === 0) return;
    this.x[register] = low;
    if (this.is64) this.x[register + BufferWords.high] = high;
  }

  /** Sets a register to what was loaded; the upper half of 8 bytes is in {@link out}. */
  writeRegister(register: number, value: number, bytes: number, isSigned: boolean): void {
    const unused = 32 - 8 * Math.min(bytes, 4);
    const low = isSigned ? (value << unused) >> unused : value;
    this.setRegister(register, low, bytes === 8 ? this.out.high : isSigned ? low >> 31 : 0);
  }

  /** Sum of a register and an immediate; its upper half is in {@link out}. */
  addressOf(register: number, immediate: number): number {
    const base = this.x[register] ?? 0;
    const address = (base + immediate) | 0;
    if (this.is64) {
      const carry = address >>> 0 < base >>> 0 ? 1 : 0;
      this.out.high = (this.high(register) + (immediate >> 31) + carry) | 0;
    } else {
      this.out.high = 0;
    }
    return address;
  }

  /** Loads for the interpreter; traps when refused. The upper half of 8 bytes is in {@link out}. */
  load(address: number, size: number, addressHigh = 0): number {
    const value = this.mmu.read(address, size, addressHigh);
    this.out.high = this.mmu.high;
    if (this.mmu.fault !== 0) this.trapOnFault();
    return value;
  }

  /** Stores for the interpreter; traps when refused. */
  store(address: number, value: number, size: number, addressHigh = 0, valueHigh = 0): void {
    this.mmu.write(address, value, size, addressHigh, valueHigh);
    if (this.mmu.fault !== 0) this.trapOnFault();
  }
}

/** Both halves as one number: exact for the addresses of Sv39. */
function wide(low: number, high: number): number {
  return high * 0x1_0000_0000 + (low >>> 0);
}

function vector(base: number, cause: number): number {
  const vectored = (base & 1) !== 0 && cause < 0;
  return ((base & ~3) + (vectored ? 4 * (cause & 31) : 0)) | 0;
}
