import { springbok, type SpringbokOptions } from "@cantrip/hw-ml-accel";
import {
  VC_TOP_WINDOW_STRIDE,
  VC_TOP_WINDOWS,
  VcTopPermission,
  VcTopRegister,
  VcTopWindow,
} from "@cantrip/hw-ml-accel/registers";
import { type BusDevice, type DeviceEnvironment, EventQueue } from "@cantrip/hw-riscv";

export const TCM_BASE = 0x34000000;
export const TEXT = 0x80000000;
export const DATA = 0x83000000;
/** `finish` and `hostreq`. */
export const FINISH = 0x307b;
export const HOSTREQ = 0x207b;

const { READ, WRITE, EXECUTE } = VcTopPermission;
const MIB = 0x100000;
/** Where the windows of {@link Bench.openWindows} are in the core's memory. */
export const DATA_OFFSET = MIB;

/** The core without a machine: a clock that tests advance. */
export class Bench {
  readonly tcm: BusDevice;
  readonly csr: BusDevice;
  /** Levels of the four lines. */
  readonly levels: boolean[] = [false, false, false, false];
  readonly #clock = { now: 0, cyclesPerSecond: 96_000_000 };
  readonly #events = new EventQueue();

  constructor(options: SpringbokOptions = {}) {
    const clock = this.#clock;
    const environment: DeviceEnvironment = {
      clock: {
        get now() {
          return clock.now;
        },
        cyclesPerSecond: clock.cyclesPerSecond,
        schedule: (at, action) => this.#events.add(at, action),
        cancel: (event) => {
          this.#events.cancel(event);
        },
      },
      interrupts: this.levels.map((_, index) => ({
        set: (level) => {
          this.levels[index] = level;
        },
      })),
      contents: undefined,
      memory: { read: () => false, write: () => false },
      hartLine: () => ({ set: () => undefined }),
      setInterruptSink: () => undefined,
      setTimeSource: () => undefined,
      halt: () => undefined,
    };
    const [tcm, csr] = springbok(options).map((device) => device.create(environment));
    if (tcm === undefined || csr === undefined) throw new Error("the core has two devices");
    this.tcm = tcm;
    this.csr = csr;
    this.write(VcTopRegister.INTR_ENABLE, 0xf);
  }

  read(register: number): number {
    return this.csr.read(register, 4);
  }
  write(register: number, value: number): void {
    this.csr.write(register, value, 4);
  }

  /** Whether the core still has something to do. */
  get isPlanned(): boolean {
    return this.#events.next !== Infinity;
  }

  advance(cycles: number): void {
    const end = this.#clock.now + cycles;
    while (this.#events.next <= end) {
      this.#clock.now = this.#events.next;
      this.#events.runDue(this.#clock.now);
    }
    this.#clock.now = end;
  }

  window(index: number, offset: number, bytes: number, permissions: number): void {
    const base = VC_TOP_WINDOWS + index * VC_TOP_WINDOW_STRIDE;
    this.write(base + VcTopWindow.START_ADDRESS, TCM_BASE + offset);
    this.write(base + VcTopWindow.LENGTH, bytes - 1);
    this.write(base + VcTopWindow.PERMISSIONS, permissions);
  }

  /** One MiB of text at the memory's start, and one of data behind it. */
  openWindows(): void {
    this.window(0, 0, MIB, READ | EXECUTE);
    this.window(3, DATA_OFFSET, MIB, READ | WRITE);
  }

  store(offset: number, words: readonly number[]): void {
    words.forEach((word, index) => {
      this.tcm.write(offset + 4 * index, word, 4);
    });
  }

  word(offset: number): number {
    return this.tcm.read(offset, 4);
  }

  /** Lets the core start at an offset in its text. */
  start(pcStart = 0): void {
    this.write(VcTopRegister.CTRL, pcStart);
  }
}
