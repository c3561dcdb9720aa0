import { Bus, type BusDevice } from "./bus.ts";
import { Interrupt, Privilege } from "./cause.ts";
import { readCsr, writeCsr } from "./csr.ts";
import { deviceEnvironment } from "./device-environment.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import { BufferWords, GuestMemory } from "./guest-memory.ts";
import { ExternalUnit } from "./external-instructions.ts";
import { interpretRv32 } from "./generated/interpret-rv32.ts";
import { interpretRv64 } from "./generated/interpret-rv64.ts";
import { FIRST_INTERRUPT_COUNT, Hart } from "./hart.ts";
import { RV32IMAC } from "./hart-description.ts";
import { HostedUnit } from "./hosted-unit.ts";
import { InterruptLines } from "./interrupt-lines.ts";
import type { Xlen } from "./isa/instruction.ts";
import type { InputRecord, MachineInput } from "./machine-input.ts";
import type { MachineOptions, RunOptions, StepObserver, StopReason } from "./machine-options.ts";
import { Access, carriedHigh } from "./mmu.ts";
import { PhysicalMemory } from "./physical-memory.ts";
import type {
  DeviceClock,
  DeviceDescription,
  InterruptController,
  PlatformDescription,
  SerialDevice,
} from "./platform.ts";
import type { Firmware, Supervisor, TrapWatcher } from "./seams.ts";

const MAX_SLICE = 100_000;
const TWO_32 = 0x1_0000_0000;

/** A RISC-V machine: one hart with M, S and U modes, RAM, and a platform's devices. */
export class Machine {
  readonly platform: PlatformDescription;
  /** Live view of `x0`..`x31`. `x0` must stay 0. */
  readonly registers: Int32Array;
  /** Upper halves of the registers on RV64. */
  readonly registersHigh: Int32Array;
  /** Live view of the floating-point registers: lower halves. */
  readonly floatRegisters: Int32Array;
  readonly floatRegistersHigh: Int32Array;
  /** Guest RAM. Writing code through this view needs {@link invalidateCode}. */
  readonly ram: Uint8Array;
  readonly clock: DeviceClock;
  readonly #hart: Hart;
  readonly #memory: GuestMemory;
  readonly #physical: PhysicalMemory;
  readonly #bus = new Bus();
  readonly #devices = new Map<string, BusDevice>();
  readonly #hosted: HostedUnit;
  readonly #inputLog: InputRecord[] = [];
  readonly #lines: InterruptLines;

  constructor(options: MachineOptions) {
    const { platform } = options;
    this.platform = platform;
    const memory = new GuestMemory(platform.ram.base, options.ramSize ?? platform.ram.size);
    const isaExtensions = options.isaExtensions ?? [];
    const hart = new Hart(
      memory,
      this.#bus,
      platform.instructionsPerTick,
      platform.hart ?? RV32IMAC,
      isaExtensions,
    );
    if (isaExtensions.length > 0) hart.external = new ExternalUnit(hart, isaExtensions);
    this.#memory = memory;
    this.#physical = new PhysicalMemory(memory, this.#bus);
    this.#hart = hart;
    this.registers = memory.registers.subarray(0, 32);
    this.registersHigh = memory.registers.subarray(BufferWords.high, BufferWords.high + 32);
    const float = (from: number): Int32Array => memory.registers.subarray(from, from + 32);
    this.floatRegisters = float(BufferWords.float);
    this.floatRegistersHigh = float(BufferWords.floatHigh);
    this.ram = memory.ram;
    this.#lines = new InterruptLines(options.cutInterrupts ?? []);
    this.pc = platform.resetPc;
    this.clock = {
      get now(): number {
        return hart.now;
      },
      cyclesPerSecond: platform.timebaseHz * platform.instructionsPerTick,
      schedule: (at, action) => this.schedule(at, action),
      cancel: (event) => {
        hart.events.cancel(event);
      },
    };
    this.#hosted = new HostedUnit(hart, {
      entries: options.hostedEntries ?? [],
      stepCost: options.hostedStepCost ?? 0,
      seed: options.seed ?? 1,
      refusalCause: platform.hostedRefusalCause,
      onError: options.onHostedError ?? ((): void => undefined),
    });
    hart.hosted = this.#hosted;
    for (const description of platform.devices) this.#addDevice(description, options);
  }

  #addDevice(description: DeviceDescription, options: MachineOptions): void {
    const environment = deviceEnvironment(description, {
      ...{ clock: this.clock, hart: this.#hart, lines: this.#lines, memory: this.#memory, options },
      halt: (reason) => {
        this.halt(reason);
      },
    });
    const device = description.create(environment);
    this.#devices.set(description.name, device);
    this.#bus.add({
      name: description.name,
      base: description.base,
      size: description.size,
      device,
    });
  }

  // ---- running

  /** Runs until something ends the run. */
  run(options: RunOptions = {}): StopReason {
    const hart = this.#hart;
    const instructionLimit = hart.instructions + (options.maxInstructions ?? Infinity);
    const cycleLimit = options.untilCycle ?? Infinity;
    hart.stopRequested = false;
    for (;;) {
      hart.endSlice();
      hart.events.runDue(hart.now);
      if (hart.haltReason !== undefined) return { kind: "halted", reason: hart.haltReason };
      // A stop request may have come from an event or from the supervisor.
      if (this.#takeStopRequest() || options.until?.() === true) return { kind: "stopped" };
      const now = hart.now;
      const budget = Math.min(instructionLimit - hart.instructions, cycleLimit - now);
      if (budget <= 0) return { kind: "budget" };
      if (hart.takeInterrupt()) continue;
      const next = Math.min(hart.events.next, this.#supervisorTimerEvent(now));
      if (hart.waiting) {
        if (hart.wakeUps !== 0) {
          hart.waiting = false;
          continue;
        }
        if (next === Infinity && (cycleLimit === Infinity || options.stopsWhenIdle === true))
          return { kind: "idle" };
        hart.sleepUntil(Math.min(next, cycleLimit));
        continue;
      }
      if (next <= now) continue;
      const slice = options.observer === undefined ? MAX_SLICE : 1;
      // An integer for the engine too, which would make a double of it otherwise.
      hart.left = Math.ceil(Math.min(budget, next - now, slice)) | 0;
      hart.end = now + hart.left;
      if (options.observer === undefined) this.#interpret();
      else this.#step(options.observer);
    }
  }

  #interpret(): void {
    if (this.#hart.is64) interpretRv64(this.#hart);
    else interpretRv32(this.#hart);
  }

  #step(observer: StepObserver): void {
    const before = this.trapCount;
    observer.before();
    this.#interpret();
    observer.after(this.trapCount === before);
  }

  #takeStopRequest(): boolean {
    const requested = this.#hart.stopRequested;
    this.#hart.stopRequested = false;
    return requested;
  }

  #supervisorTimerEvent(now: number): number {
    const at = this.#hart.supervisorTimerAt;
    return at > now ? at : Infinity;
  }

  /** Ends the run after the current instruction. */
  stop(): void {
    this.#hart.stopRequested = true;
    this.#hart.endSlice();
  }

  /** Halts the machine for good after the current instruction. */
  halt(reason: string): void {
    this.#hart.haltReason ??= reason;
    this.#hart.endSlice();
  }

  /** Instructions issued (a trapping one counts) and charged; exact up to 2^53. */
  get instructions(): number {
    return this.#hart.instructions;
  }
  /** Virtual time in cycles: instructions, and cycles slept through. */
  get cycles(): number {
    return this.#hart.now;
  }
  /** Virtual time in ticks of the platform's time base. */
  get timeTicks(): number {
    return this.#hart.ticks;
  }
  /** Puts {@link timeTicks} into word 0: unlike a large number that is returned, that takes no memory. */
  readTime(into: Float64Array): void {
    this.#hart.readTicks(into);
  }
  /** Virtual time in microseconds, rounded down. */
  get timeMicroseconds(): number {
    return Math.floor((this.#hart.ticks * 1_000_000) / this.platform.timebaseHz);
  }

  /** Traps taken so far, interrupts among them. */
  get trapCount(): number {
    return this.#hart.trapCounts.reduce((sum, count) => sum + count, 0);
  }
  /** Traps taken so far of one cause: an exception code, or an interrupt's number. */
  trapsOf(cause: number, isInterrupt = false): number {
    return this.#hart.trapCounts[isInterrupt ? FIRST_INTERRUPT_COUNT + cause : cause] ?? 0;
  }

  /** Lets `instructions` of virtual time pass for work that no instruction did. */
  charge(instructions: number): void {
    this.#hart.charge(instructions);
  }

  /** Plans an action at a cycle: actions run between instructions, ordered by time and then by order of planning. */
  schedule(at: number, action: () => void): ScheduledEvent {
    const event = this.#hart.events.add(at, action);
    // A run in progress may have to stop earlier now.
    if (at < this.#hart.end) this.#hart.endSlice();
    return event;
  }

  // ---- seams

  /** Puts TypeScript in the place of machine-mode firmware; the hart goes to supervisor mode. */
  attachFirmware(firmware: Firmware): void {
    this.#hart.firmware = firmware;
    this.#hart.delegateLikeFirmware();
    this.privilege = Privilege.supervisor;
  }

  /** Puts TypeScript in the place of a kernel; the hart goes to user mode, with the user counters enabled. */
  attachSupervisor(supervisor: Supervisor): void {
    const hart = this.#hart;
    hart.supervisor = supervisor;
    hart.delegateLikeFirmware();
    hart.timeSource = undefined;
    this.privilege = Privilege.user;
  }

  /** Watches a supervisor that the machine executes, in place of who did before; `undefined`: nobody does. */
  watchTraps(watcher: TrapWatcher | undefined): void {
    this.#hart.trapWatcher = watcher;
  }

  /** Width of a register. */
  get xlen(): Xlen {
    return this.#hart.xlen;
  }

  /**
   * Address of the next instruction: unsigned on RV32. On RV64 signed, so that it is exact for the addresses of Sv39: the
   * upper ones are negative.
   */
  get pc(): number {
    const { pc, pcHigh } = this.#hart;
    return pcHigh * TWO_32 + (pc >>> 0);
  }
  set pc(value: number) {
    const hart = this.#hart;
    hart.pc = value | 0;
    hart.pcHigh = hart.is64 ? Math.floor(value / TWO_32) | 0 : 0;
  }

  get privilege(): Privilege {
    return this.#hart.privilege;
  }
  set privilege(value: Privilege) {
    this.#hart.privilege = value;
    this.#hart.updateContext();
    this.#hart.endSlice();
  }

  /**
   * Sets `satp`. On RV32: bit 31 Sv32, 30:22 ASID, 21:0 page number of the root table.
   *
   * @param high - upper half on RV64: 31:28 the mode, 8 for Sv39, 27:12 ASID, below them the rest of the page number
   */
  setRootTable(satp: number, high = 0): void {
    this.#hart.satp = satp | 0;
    this.#hart.satpHigh = high | 0;
    this.#hart.updateContext();
  }
  /** Value of `satp`, unsigned; on RV64 its lower half. */
  get rootTable(): number {
    return this.#hart.satp >>> 0;
  }
  /** `sfence.vma` for everything. */
  fenceVma(): void {
    this.#hart.mmu.flush();
  }

  /** Arms the supervisor timer interrupt at a tick of the time base; `Infinity` disarms it. */
  setSupervisorTimer(ticks: number): void {
    const hart = this.#hart;
    hart.supervisorTimerAt = Math.ceil(ticks) * hart.instructionsPerTick;
    if (hart.supervisorTimerAt < hart.end) hart.endSlice();
  }

  /** The hart sleeps until an interrupt is pending; virtual time jumps to the next event. */
  waitForInterrupt(): void {
    this.#hart.waiting = true;
    this.#hart.endSlice();
  }
  /** Whether the hart sleeps. */
  get isWaiting(): boolean {
    return this.#hart.waiting;
  }
  /** Ends a wait: there is something to run again. */
  wake(): void {
    this.#hart.waiting = false;
  }

  /** Whether an interrupt (timer or external) waits to be taken; runs the events that are due first. */
  get isInterruptPending(): boolean {
    this.#hart.events.runDue(this.#hart.now);
    return this.#hart.wakeUps !== 0;
  }
  /** Whether the interrupt controller signals an external interrupt. */
  get externalInterruptPending(): boolean {
    return (this.#hart.pending & (1 << Interrupt.supervisorExternal)) !== 0;
  }

  /**
   * The supervisor's context of the platform's interrupt controller.
   *
   * @throws Error when the platform has none
   */
  get interruptController(): InterruptController {
    const { sink } = this.#lines;
    if (sink === undefined) {
      throw new Error(`platform ${this.platform.name} has no interrupt controller`);
    }
    return sink.controller;
  }

  /** Reads the low 32 bits of a CSR with machine-mode rights, unsigned; `undefined` when it does not exist. */
  readCsr(csr: number): number | undefined {
    return this.#asMachine(() => {
      const value = readCsr(this.#hart, csr, 0);
      return value === undefined ? undefined : value >>> 0;
    });
  }
  /** All 64 bits of a CSR on RV64, unsigned. */
  readCsr64(csr: number): bigint | undefined {
    return this.#asMachine(() => {
      const low = readCsr(this.#hart, csr, 0);
      if (low === undefined) return undefined;
      return (BigInt(this.#hart.out.high >>> 0) << 32n) | BigInt(low >>> 0);
    });
  }
  /** Writes a CSR with machine-mode rights, on RV64 with a number that is exact up to 2^53; `false` when it does not exist or is read-only. */
  writeCsr(csr: number, value: number): boolean {
    return this.writeCsr64(csr, BigInt(value));
  }
  /** Writes all 64 bits of a CSR on RV64. */
  writeCsr64(csr: number, value: bigint): boolean {
    return this.#asMachine(() => {
      this.#hart.out.high = Number(BigInt.asIntN(32, value >> 32n));
      return writeCsr(this.#hart, csr, Number(BigInt.asIntN(32, value)), 0);
    });
  }
  #asMachine<T>(action: () => T): T {
    const hart = this.#hart;
    const { privilege } = hart;
    hart.privilege = Privilege.machine;
    const result = action();
    hart.privilege = privilege;
    hart.updateContext();
    return result;
  }

  // ---- memory

  /**
   * Reads a word of RAM, or a device's register, unsigned.
   *
   * @throws RangeError when there is nothing at the address
   */
  readPhysical32(paddr: number): number {
    return this.#physical.read32(paddr);
  }
  /** Writes a word of RAM, or a device's register. */
  writePhysical32(paddr: number, value: number): void {
    this.#physical.write32(paddr, value);
  }
  /** Copies bytes into RAM. */
  copyToPhysical(paddr: number, bytes: Uint8Array): void {
    this.#physical.copyTo(paddr, bytes);
  }
  /** A copy of bytes of RAM. */
  copyFromPhysical(paddr: number, length: number): Uint8Array {
    return this.#physical.copyFrom(paddr, length);
  }
  /** Zeroes bytes of RAM. */
  zeroPhysical(paddr: number, length: number): void {
    this.#physical.zero(paddr, length);
  }
  /** To be called after a change of code through {@link ram}. */
  invalidateCode(paddr: number, length: number): void {
    this.#physical.invalidateCode(paddr, length);
  }
  /** Physical address of a virtual one for a load in the current context; `undefined` where the MMU refuses. */
  translate(virtual: number): number | undefined {
    const high = this.#hart.is64 ? Math.floor(virtual / TWO_32) | 0 : 0;
    const physical = this.#hart.mmu.translate(virtual | 0, Access.load, high);
    return physical < 0 ? undefined : physical;
  }

  /** The instruction at {@link pc}, one of 2 bytes in the lower half; `undefined` where its fetch would trap. */
  fetch(): number | undefined {
    const low = this.#fetchHalf(0);
    if (low === undefined || (low & 3) !== 3) return low;
    const high = this.#fetchHalf(2);
    return high === undefined ? undefined : low | (high << 16);
  }
  #fetchHalf(distance: number): number | undefined {
    const { mmu, pc, pcHigh } = this.#hart;
    const at = (pc + distance) | 0;
    const physical = mmu.translate(at, Access.fetch, carriedHigh(pc, at, pcHigh));
    const offset = physical < 0 ? -1 : this.#memory.offsetOf(physical);
    return offset < 0 ? undefined : this.#memory.halves[offset >>> 1];
  }

  // ---- devices and input

  /** A device of the platform. @throws RangeError when there is none of that name */
  device(name: string): BusDevice {
    const device = this.#devices.get(name);
    if (device === undefined) {
      throw new RangeError(`platform ${this.platform.name} has no device ${name}`);
    }
    return device;
  }
  /** A serial device of the platform. @throws RangeError when there is none of that name */
  serial(name: string): SerialDevice {
    const device = this.device(name);
    if (!("receive" in device)) throw new RangeError(`device ${name} is not a serial port`);
    return device as SerialDevice;
  }
  /** Address ranges of the devices. */
  get regions(): readonly { name: string; base: number; size: number }[] {
    return this.#bus.regions;
  }

  /**
   * Lets something enter the machine, and writes it into the input log. All input has to come this way.
   *
   * @throws RangeError for a device, an address or a bit that is not there; nothing is logged then
   */
  enter(input: MachineInput): void {
    const { now, instructions } = this.#hart;
    const record = { number: this.#inputLog.length, cycle: now, instructions, input };
    switch (input.kind) {
      case "serial": {
        const serial = this.serial(input.device);
        const bytes = input.bytes.slice();
        this.schedule(Math.max(input.at ?? 0, now), () => {
          serial.receive(bytes);
        });
        break;
      }
      case "interrupt-line":
        this.#lines.setConnected(input.source, input.isConnected);
        break;
      case "bit-flip": {
        if (!(input.bit >= 0 && input.bit < 8)) throw new RangeError(`bit ${input.bit} of a byte`);
        this.#physical.flipBit(input.paddr, input.bit);
        // The byte may belong to a page table.
        this.fenceVma();
        break;
      }
    }
    this.#inputLog.push(record);
  }

  /** Puts bytes on the receive line of a serial device: see {@link enter}. */
  inject(device: string, bytes: Uint8Array, at?: number): void {
    this.enter({ kind: "serial", device, bytes, ...(at === undefined ? {} : { at }) });
  }

  /** Everything that entered so far. */
  get inputLog(): readonly InputRecord[] {
    return this.#inputLog;
  }

  /** Live instances of hosted components. */
  get hostedInstanceCount(): number {
    return this.#hosted.instanceCount;
  }
}
