import type { UserContext } from "@cantrip/hosted";
import { RvTimerCfg, type RvTimerLayout } from "@cantrip/hw-riscv/registers";
import type { HardwareTimer } from "./hardware-timer.ts";

/** Ticks per second of the timer service. */
const TICKS_PER_SECOND = 10_000;
const TWO_32 = 0x1_0000_0000;
/** The low half starts here, so that its first wrap comes early and is no surprise after five days. */
const INITIAL_LOW = 0xffff_0000;

/** The timer at hand. */
export interface RvTimerOptions {
  /** Virtual address of its registers. */
  readonly address: number;
  /** Clock that its prescaler divides: a multiple of 10 kHz, at most 40.96 MHz. */
  readonly clockHz: number;
  readonly layout: RvTimerLayout;
}

/** Driver of the OpenTitan rv_timer. Corresponds to `OpenTitanTimer`. */
export class RvTimerDriver implements HardwareTimer {
  readonly ticksPerMs: number = TICKS_PER_SECOND / 1000;
  readonly #context: UserContext;
  readonly #address: number;
  readonly #layout: RvTimerLayout;
  readonly #prescale: number;

  /**
   * @param context - of the thread that uses the driver; another thread makes its own
   * @throws RangeError for a clock that the prescaler cannot divide to 10 kHz
   */
  constructor(context: UserContext, options: RvTimerOptions) {
    const prescale = options.clockHz / TICKS_PER_SECOND - 1;
    if (!Number.isInteger(prescale) || prescale < 0 || prescale > RvTimerCfg.PRESCALE_MASK) {
      throw new RangeError(`a clock of ${options.clockHz} Hz cannot be divided to 10 kHz`);
    }
    this.#context = context;
    this.#address = options.address;
    this.#layout = options.layout;
    this.#prescale = prescale;
  }

  setup(): void {
    const layout = this.#layout;
    this.#write(layout.CFG0, this.#prescale | (1 << RvTimerCfg.STEP_SHIFT));
    this.#write(layout.COMPARE_UPPER0_0, 0);
    this.#write(layout.TIMER_V_LOWER0, INITIAL_LOW);
    this.acknowledge();
    this.#write(layout.CTRL, 1);
  }

  now(): number {
    const layout = this.#layout;
    for (;;) {
      const high = this.#read(layout.TIMER_V_UPPER0);
      const low = this.#read(layout.TIMER_V_LOWER0);
      // The low half may wrap between the two reads.
      if (this.#read(layout.TIMER_V_UPPER0) === high) return high * TWO_32 + low;
    }
  }

  setAlarm(deadline: number): void {
    const layout = this.#layout;
    // No intermediate value may lie below the deadline.
    this.#write(layout.COMPARE_LOWER0_0, 0xffff_ffff);
    this.#write(layout.COMPARE_UPPER0_0, Math.floor(deadline / TWO_32));
    this.#write(layout.COMPARE_LOWER0_0, deadline % TWO_32);
    this.#write(layout.INTR_ENABLE0, 1);
  }

  acknowledge(): void {
    const layout = this.#layout;
    this.#write(layout.INTR_STATE0, 1);
    this.#write(layout.INTR_ENABLE0, 0);
  }

  #read(offset: number): number {
    return this.#context.load32(this.#address + offset);
  }
  #write(offset: number, value: number): void {
    this.#context.store32(this.#address + offset, value);
  }
}
