import type { BusDevice, DeviceClock, InterruptLine, ScheduledEvent } from "@cantrip/hw-riscv";
import { MemoryWindows } from "./memory-windows.ts";
import {
  SPRINGBOK_WINDOW_BASE,
  VC_TOP_CTRL_RESET,
  VC_TOP_INTERRUPTS,
  VC_TOP_WINDOW_COUNT,
  VC_TOP_WINDOW_STRIDE,
  VC_TOP_WINDOWS,
  VcTopCtrl,
  VcTopError,
  VcTopInterrupt,
  VcTopRegister,
} from "./registers/vc-top.ts";
import { type CoreStop, ScalarCore } from "./scalar-core.ts";
import type { TightlyCoupledMemory } from "./tightly-coupled-memory.ts";

const WINDOWS_END = VC_TOP_WINDOWS + VC_TOP_WINDOW_COUNT * VC_TOP_WINDOW_STRIDE;
const CTRL_BITS = VcTopCtrl.FREEZE | VcTopCtrl.VC_RESET | VcTopCtrl.PC_START_MASK;
const MEMORY_BANK_BITS = 0xfff;

/** What a stop sets in INTR_STATE and ERROR_STATUS. */
const STOPS: Readonly<Record<CoreStop, { readonly interrupt: number; readonly error: number }>> = {
  "host-request": { interrupt: VcTopInterrupt.HOST_REQ, error: 0 },
  finish: { interrupt: VcTopInterrupt.FINISH, error: 0 },
  "fetch-fault": {
    interrupt: VcTopInterrupt.INSTRUCTION_FAULT,
    error: VcTopError.I_MEM_OUT_OF_RANGE,
  },
  "illegal-instruction": { interrupt: VcTopInterrupt.INSTRUCTION_FAULT, error: 0 },
  "data-fault": { interrupt: VcTopInterrupt.DATA_FAULT, error: VcTopError.D_MEM_OUT_OF_RANGE },
};

/**
 * `vc_top`: control registers, windows and interrupts of the Springbok core, and the core's share of virtual time.
 *
 * The core runs beside the host's hart at one instruction per cycle. It is brought up to date when its slice is over and
 * whenever the host looks at a register; so freezing is exact, and an interrupt comes at most one slice late.
 */
export class ControlBlock implements BusDevice {
  readonly #clock: DeviceClock;
  readonly #lines: readonly InterruptLine[];
  readonly #windows: MemoryWindows;
  readonly #core: ScalarCore;
  readonly #sliceInstructions: number;
  #intrState = 0;
  #intrEnable = 0;
  #ctrl = VC_TOP_CTRL_RESET;
  #memoryBankCtrl = 0;
  #errorStatus = 0;
  /** Cycle up to which the core has run. */
  #doneUntil = 0;
  #event: ScheduledEvent | undefined;

  /** @param lines - host_req, finish, instruction_fault, data_fault */
  constructor(
    clock: DeviceClock,
    lines: readonly InterruptLine[],
    tcm: TightlyCoupledMemory,
    sliceInstructions: number,
  ) {
    this.#clock = clock;
    this.#lines = lines;
    this.#windows = new MemoryWindows(tcm);
    this.#core = new ScalarCore(this.#windows, tcm.view);
    this.#sliceInstructions = sliceInstructions;
  }

  get #isRunning(): boolean {
    return (this.#ctrl & (VcTopCtrl.FREEZE | VcTopCtrl.VC_RESET)) === 0;
  }

  read(offset: number, size: number): number {
    this.#catchUp();
    const value = this.#readRegister(offset & ~3);
    return size === 4 ? value : value >>> (8 * (offset & 3));
  }

  #readRegister(offset: number): number {
    if (offset >= VC_TOP_WINDOWS && offset < WINDOWS_END) {
      return this.#windows.read(offset - VC_TOP_WINDOWS);
    }
    switch (offset) {
      case VcTopRegister.INTR_STATE:
        return this.#intrState;
      case VcTopRegister.INTR_ENABLE:
        return this.#intrEnable;
      case VcTopRegister.CTRL:
        return this.#ctrl;
      case VcTopRegister.MEMORY_BANK_CTRL:
        return this.#memoryBankCtrl;
      case VcTopRegister.ERROR_STATUS:
        return this.#errorStatus;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    this.#catchUp();
    const register = offset & ~3;
    if (register >= VC_TOP_WINDOWS && register < WINDOWS_END) {
      this.#windows.write(register - VC_TOP_WINDOWS, value);
      return;
    }
    switch (register) {
      case VcTopRegister.INTR_STATE:
        this.#intrState &= ~value;
        break;
      case VcTopRegister.INTR_ENABLE:
        this.#intrEnable = value & VC_TOP_INTERRUPTS;
        break;
      case VcTopRegister.INTR_TEST:
        this.#intrState |= value & VC_TOP_INTERRUPTS;
        break;
      case VcTopRegister.CTRL:
        this.#writeCtrl(value & CTRL_BITS);
        break;
      case VcTopRegister.MEMORY_BANK_CTRL:
        this.#memoryBankCtrl = value & MEMORY_BANK_BITS;
        break;
      default:
    }
    this.#driveLines();
  }

  #writeCtrl(value: number): void {
    const leavesReset = (this.#ctrl & VcTopCtrl.VC_RESET & ~value) !== 0;
    this.#ctrl = value;
    if (leavesReset) {
      this.#core.reset(SPRINGBOK_WINDOW_BASE + (value & VcTopCtrl.PC_START_MASK));
      this.#errorStatus = 0;
    }
    this.#doneUntil = this.#clock.now;
    this.#plan();
  }

  /** Lets the core execute what falls into the time since it was last looked at. */
  #catchUp(): void {
    if (!this.#isRunning) return;
    const { now } = this.#clock;
    const stop = this.#core.run(now - this.#doneUntil);
    this.#doneUntil = now;
    if (stop === undefined) return;
    const { interrupt, error } = STOPS[stop];
    this.#intrState |= interrupt;
    this.#errorStatus |= error;
    this.#ctrl |= stop === "finish" ? VC_TOP_CTRL_RESET : VcTopCtrl.FREEZE;
    this.#plan();
    this.#driveLines();
  }

  /** One event while the core runs, none while it stands. */
  #plan(): void {
    if (!this.#isRunning) {
      if (this.#event !== undefined) this.#clock.cancel(this.#event);
      this.#event = undefined;
      return;
    }
    this.#event ??= this.#clock.schedule(this.#clock.now + this.#sliceInstructions, () => {
      this.#event = undefined;
      this.#catchUp();
      this.#plan();
    });
  }

  #driveLines(): void {
    const raised = this.#intrState & this.#intrEnable;
    this.#lines.forEach((line, bit) => {
      line.set(((raised >>> bit) & 1) !== 0);
    });
  }
}
