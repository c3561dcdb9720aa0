import type { BusDevice, InterruptLine } from "../bus.ts";
import type { ScheduledEvent } from "../event-queue.ts";
import type { DeviceClock } from "../platform.ts";
import { RV_TIMER_CFG_RESET, RvTimerCfg, type RvTimerLayout } from "../registers/rv-timer.ts";

const TWO_32 = 0x1_0000_0000;

/**
 * OpenTitan's rv_timer with one hart and one comparator: a 64-bit count, a prescaler, and an interrupt that stays
 * pending while the count has reached the comparator.
 */
export class RvTimer implements BusDevice {
  readonly #clock: DeviceClock;
  readonly #line: InterruptLine;
  readonly #layout: RvTimerLayout;
  readonly #cyclesPerClock: number;
  #active = false;
  #cfg = RV_TIMER_CFG_RESET;
  #intrEnable = 0;
  #intrState = 0;
  /** The count when it was last set or its rate changed, and the cycle of that. */
  #baseLow = 0;
  #baseHigh = 0;
  #baseCycle = 0;
  #compareLow = 0xffffffff;
  #compareHigh = 0xffffffff;
  #event: ScheduledEvent | undefined;

  /** @param clockHz - clock that the prescaler divides */
  constructor(clock: DeviceClock, line: InterruptLine, clockHz: number, layout: RvTimerLayout) {
    this.#clock = clock;
    this.#line = line;
    this.#layout = layout;
    this.#cyclesPerClock = clock.cyclesPerSecond / clockHz;
  }

  /** The count; exact up to 2^53. */
  get count(): number {
    return this.#baseHigh * TWO_32 + this.#baseLow + this.#elapsed;
  }

  get #step(): number {
    return (this.#cfg & RvTimerCfg.STEP_MASK) >>> RvTimerCfg.STEP_SHIFT;
  }
  get #cyclesPerStep(): number {
    return ((this.#cfg & RvTimerCfg.PRESCALE_MASK) + 1) * this.#cyclesPerClock;
  }
  /** What the count has grown by since its base. */
  get #elapsed(): number {
    if (!this.#active) return 0;
    return Math.floor((this.#clock.now - this.#baseCycle) / this.#cyclesPerStep) * this.#step;
  }

  /** Moves the base to now, so that a change of rate or of one half is exact. */
  #rebase(): void {
    const low = this.#baseLow + this.#elapsed;
    this.#baseHigh = (this.#baseHigh + Math.floor(low / TWO_32)) % TWO_32;
    this.#baseLow = low % TWO_32;
    this.#baseCycle = this.#clock.now;
  }

  /** Counts still to go until the comparator; 0 or less when it is reached. Near values are exact. */
  get #distance(): number {
    return (
      (this.#compareHigh - this.#baseHigh) * TWO_32 +
      (this.#compareLow - this.#baseLow) -
      this.#elapsed
    );
  }

  read(offset: number, size: number): number {
    this.#update();
    const value = this.#readRegister(offset & ~3);
    return size === 4 ? value : value >>> (8 * (offset & 3));
  }

  #readRegister(offset: number): number {
    const layout = this.#layout;
    switch (offset) {
      case layout.CTRL:
        return this.#active ? 1 : 0;
      case layout.INTR_ENABLE0:
        return this.#intrEnable;
      case layout.INTR_STATE0:
        return this.#intrState;
      case layout.CFG0:
        return this.#cfg;
      case layout.TIMER_V_LOWER0:
        return (this.#baseLow + this.#elapsed) % TWO_32;
      case layout.TIMER_V_UPPER0:
        return (this.#baseHigh + Math.floor((this.#baseLow + this.#elapsed) / TWO_32)) % TWO_32;
      case layout.COMPARE_LOWER0_0:
        return this.#compareLow;
      case layout.COMPARE_UPPER0_0:
        return this.#compareHigh;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    const layout = this.#layout;
    switch (offset & ~3) {
      case layout.CTRL:
        this.#rebase();
        this.#active = (value & 1) !== 0;
        break;
      case layout.INTR_ENABLE0:
        this.#intrEnable = value & 1;
        break;
      case layout.INTR_STATE0:
        this.#intrState &= ~value;
        break;
      case layout.INTR_TEST0:
        this.#intrState |= value & 1;
        break;
      case layout.CFG0:
        this.#rebase();
        this.#cfg = value & (RvTimerCfg.PRESCALE_MASK | RvTimerCfg.STEP_MASK);
        break;
      case layout.TIMER_V_LOWER0:
        this.#rebase();
        this.#baseLow = value >>> 0;
        break;
      case layout.TIMER_V_UPPER0:
        this.#rebase();
        this.#baseHigh = value >>> 0;
        break;
      case layout.COMPARE_LOWER0_0:
        this.#compareLow = value >>> 0;
        this.#intrState = 0;
        break;
      case layout.COMPARE_UPPER0_0:
        this.#compareHigh = value >>> 0;
        this.#intrState = 0;
        break;
      default:
    }
    this.#update();
  }

  #update(): void {
    if (this.#active && this.#distance <= 0) this.#intrState |= 1;
    this.#line.set((this.#intrState & this.#intrEnable) !== 0);
    const next = this.#matchCycle();
    if (this.#event?.at === next) return;
    if (this.#event !== undefined) this.#clock.cancel(this.#event);
    this.#event = undefined;
    if (next === Infinity) return;
    this.#event = this.#clock.schedule(next, () => {
      this.#event = undefined;
      this.#update();
    });
  }

  /** Cycle at which the count reaches the comparator; `Infinity` when that needs no event. */
  #matchCycle(): number {
    // A disabled interrupt needs no event either: reads bring the state up to date, and an idle machine stays idle.
    if (!this.#active || this.#intrEnable === 0 || this.#intrState !== 0 || this.#step === 0) {
      return Infinity;
    }
    const steps = Math.ceil((this.#distance + this.#elapsed) / this.#step);
    return Math.ceil(this.#baseCycle + steps * this.#cyclesPerStep);
  }
}
