import { Cause, Interrupt, Privilege } from "./cause.ts";
import { CounterOffset } from "./counter-offset.ts";
import { EventQueue } from "./event-queue.ts";
import type { Decoded } from "./decode.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { Mmu } from "./mmu.ts";
import { Access } from "./mmu.ts";
import type { Bus } from "./bus.ts";
import type { Firmware, HostedExecutor, Supervisor, TrapWatcher } from "./seams.ts";

export const Status = {
  sie: 0x2,
  mie: 0x8,
  spie: 0x20,
  mpie: 0x80,
  spp: 0x100,
  mppShift: 11,
  mpp: 0x1800,
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
  /** The instruction that was decoded last. */
  readonly decoded: Decoded = { operation: 0, immediate: 0 };

  pc = 0;
  privilege: Privilege = Privilege.machine;
  /** Set by a trap; whoever ran the instruction clears it. */
  trapped = false;
  /** Waits for an interrupt. */
  waiting = false;
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
  mtvec = 0;
  mscratch = 0;
  mepc = 0;
  mcause = 0;
  mtval = 0;
  mcounteren = 0;
  stvec = 0;
  sscratch = 0;
  sepc = 0;
  scause = 0;
  stval = 0;
  scounteren = 0;
  satp = 0;
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
  trapWatcher: TrapWatcher | undefined;
  /** Source of `time` where a device of the platform counts it. */
  timeSource: (() => number) | undefined;

  constructor(memory: GuestMemory, bus: Bus, instructionsPerTick: number) {
    this.memory = memory;
    this.bus = bus;
    this.mmu = new Mmu(memory, bus);
    this.x = memory.registers;
    this.instructionsPerTick = instructionsPerTick;
    this.supervisorTimerAt = Infinity;
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
    this.mmu.setContext(this.satp, this.privilege, dataPrivilege);
  }

  setStatus(value: number): void {
    this.mstatus = value;
    this.mmu.setPermissions((value & Status.sum) !== 0, (value & Status.mxr) !== 0);
    this.updateContext();
    this.endSlice();
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
   */
  trap(cause: number, value: number): void {
    const isInterrupt = cause < 0;
    const code = cause & 31;
    this.trapped = true;
    this.reservation = -1;
    const delegation = isInterrupt ? this.mideleg : this.medeleg;
    const toSupervisor = this.privilege !== Privilege.machine && ((delegation >>> code) & 1) !== 0;
    if (this.supervisor !== undefined && (toSupervisor || this.firmware === undefined)) {
      this.supervisor.trap(cause >>> 0, value >>> 0);
    } else if (toSupervisor) {
      this.#enterSupervisor(cause, value);
    } else if (this.firmware === undefined) {
      this.#enterMachine(cause, value);
    } else {
      this.firmware.trap(cause >>> 0, value >>> 0);
    }
    this.updateContext();
  }

  #enterSupervisor(cause: number, value: number): void {
    this.scause = cause;
    this.stval = value;
    this.sepc = this.pc;
    const old = this.mstatus;
    this.mstatus =
      (old & ~(Status.sie | Status.spie | Status.spp)) |
      ((old & Status.sie) !== 0 ? Status.spie : 0) |
      (this.privilege === Privilege.supervisor ? Status.spp : 0);
    this.privilege = Privilege.supervisor;
    this.pc = vector(this.stvec, cause);
    this.trapWatcher?.entered();
  }

  #enterMachine(cause: number, value: number): void {
    this.mcause = cause;
    this.mtval = value;
    this.mepc = this.pc;
    const old = this.mstatus;
    this.mstatus =
      (old & ~(Status.mie | Status.mpie | Status.mpp)) |
      ((old & Status.mie) !== 0 ? Status.mpie : 0) |
      (this.privilege << Status.mppShift);
    this.privilege = Privilege.machine;
    this.pc = vector(this.mtvec, cause);
  }

  /** `sret`. */
  returnFromSupervisor(): void {
    const old = this.mstatus;
    this.privilege = (old & Status.spp) !== 0 ? Privilege.supervisor : Privilege.user;
    this.mstatus =
      (old & ~(Status.sie | Status.spie | Status.spp | Status.mprv)) |
      ((old & Status.spie) !== 0 ? Status.sie : 0) |
      Status.spie;
    this.#resume(this.sepc);
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
    this.#resume(this.mepc);
  }

  #resume(pc: number): void {
    this.pc = pc;
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
  }

  /** Loads for the interpreter; traps when refused. */
  load(address: number, size: number): number {
    const value = this.mmu.read(address, size);
    if (this.mmu.fault !== 0) this.trap(this.mmu.fault, this.mmu.faultAddress);
    return value;
  }

  /** Stores for the interpreter; traps when refused. */
  store(address: number, value: number, size: number): void {
    this.mmu.write(address, value, size);
    if (this.mmu.fault !== 0) this.trap(this.mmu.fault, this.mmu.faultAddress);
  }

  /**
   * `lr.w`, `sc.w` and the read-modify-write operations.
   *
   * @returns the value for rd; nothing meaningful after a trap
   */
  atomic(word: number, address: number, operand: number): number {
    const funct5 = word >>> 27;
    const isLoad = funct5 === 2;
    if ((address & 3) !== 0) {
      this.trap(isLoad ? Cause.loadMisaligned : Cause.storeMisaligned, address);
      return 0;
    }
    const physical = this.mmu.translate(address, isLoad ? Access.load : Access.store);
    if (physical < 0) {
      this.trap(-physical, address);
      return 0;
    }
    if (this.memory.offsetOf(physical) < 0) {
      // Atomics need RAM.
      this.trap(isLoad ? Cause.loadAccessFault : Cause.storeAccessFault, address);
      return 0;
    }
    const offset = this.memory.offsetOf(physical);
    if (funct5 === 3) {
      const matches = this.reservation === physical;
      this.reservation = -1;
      if (!matches) return 1;
      this.store(address, operand, 4);
      return 0;
    }
    const old = this.memory.words[offset >>> 2] ?? 0;
    if (isLoad) {
      this.reservation = physical;
      return old;
    }
    this.store(address, combine(funct5, old, operand), 4);
    return old;
  }
}

function vector(base: number, cause: number): number {
  const vectored = (base & 1) !== 0 && cause < 0;
  return ((base & ~3) + (vectored ? 4 * (cause & 31) : 0)) | 0;
}

function combine(funct5: number, a: number, b: number): number {
  switch (funct5) {
    case 0:
      return (a + b) | 0;
    case 1:
      return b;
    case 4:
      return a ^ b;
    case 8:
      return a | b;
    case 12:
      return a & b;
    case 16:
      return Math.min(a, b);
    case 20:
      return Math.max(a, b);
    case 24:
      return Math.min(a >>> 0, b >>> 0) | 0;
    default:
      return Math.max(a >>> 0, b >>> 0) | 0;
  }
}
