import type { BusDevice, InterruptLine } from "../bus.ts";
import type { ScheduledEvent } from "../event-queue.ts";
import type { DeviceClock } from "../platform.ts";
import {
  SIFIVE_PWM_CMP_WIDTH,
  SIFIVE_PWM_COMPARATORS,
  SifivePwmCfg as Cfg,
  SifivePwmRegister,
} from "../registers/sifive-pwm.ts";

const CMP_MASK = 2 ** SIFIVE_PWM_CMP_WIDTH - 1;
const CMP_TOP = 2 ** (SIFIVE_PWM_CMP_WIDTH - 1);
const COUNT_MASK = 0x7fffffff;
const RUNNING = Cfg.PWMENALWAYS | Cfg.PWMENONESHOT;
const IP_SHIFT = 28;
/** What of `pwmcfg` stays as it was written: all but the interrupts. */
const WRITABLE =
  Cfg.PWMSCALE_MASK |
  Cfg.PWMSTICKY |
  Cfg.PWMZEROCMP |
  Cfg.PWMDEGLITCH |
  RUNNING |
  (0xf * Cfg.PWMCMP0CENTER) |
  (0xf * Cfg.PWMCMP0GANG);

/**
 * SiFive's pulse-width modulator, which also serves as a timer: a counter, and four comparators with an interrupt each.
 * Its output pins lead nowhere.
 *
 * The counter is not stepped: it is brought up to date when somebody looks, and an event is planned for the next moment at
 * which an interrupt can change.
 */
export class SifivePwm implements BusDevice {
  readonly #clock: DeviceClock;
  readonly #lines: readonly InterruptLine[];
  readonly #ticksPerCycle: number;
  readonly #compare: number[] = new Array<number>(SIFIVE_PWM_COMPARATORS).fill(CMP_MASK);
  #config = 0;
  /** Bits of the comparators' interrupts. */
  #pending = 0;
  #count = 0;
  /** Tick of the clock up to which everything is brought. */
  #tick = 0;
  #event: ScheduledEvent | undefined;

  /**
   * @param lines - interrupts of the comparators
   * @param clockHz - ticks of the counter in a virtual second
   */
  constructor(clock: DeviceClock, lines: readonly InterruptLine[], clockHz: number) {
    this.#clock = clock;
    this.#lines = lines;
    this.#ticksPerCycle = clockHz / clock.cyclesPerSecond;
  }

  get #scale(): number {
    return this.#config & Cfg.PWMSCALE_MASK;
  }

  /** `pwms`: the part of the counter that is compared. */
  get #scaled(): number {
    return (this.#count >>> this.#scale) & CMP_MASK;
  }

  /** Ticks until the counter goes back to zero: it carries out of `pwms`, or `pwmcmp0` says so. */
  get #ticksToReset(): number {
    const period = 2 ** (SIFIVE_PWM_CMP_WIDTH + this.#scale);
    const toCarry = period - (this.#count % period);
    if ((this.#config & Cfg.PWMZEROCMP) === 0) return toCarry;
    return Math.min(toCarry, this.#ticksToMatch(0) + 1);
  }

  /** Ticks until a comparator is true, 0 when it is now; `Infinity` when it is not before the counter is reset. */
  #ticksToMatch(index: number): number {
    const at = this.#compare[index] ?? CMP_MASK;
    const now = this.#scaled;
    const unit = 2 ** this.#scale;
    const isCentred = (this.#config & (Cfg.PWMCMP0CENTER << index)) !== 0;
    if (isCentred) {
      // Its upper half is mirrored.
      const mirrored = now >= CMP_TOP ? CMP_MASK - now : now;
      if (mirrored >= at) return 0;
      if (now >= CMP_TOP || at >= CMP_TOP) return Infinity;
    } else if (now >= at) {
      return 0;
    }
    return at * unit - (this.#count % (2 ** SIFIVE_PWM_CMP_WIDTH * unit));
  }

  /** Latches the comparators that become true within some ticks of one cycle of the counter. */
  #latch(ticks: number): void {
    for (let index = 0; index < SIFIVE_PWM_COMPARATORS; index++) {
      if (this.#ticksToMatch(index) <= ticks) this.#pending |= 1 << index;
    }
  }

  /** Without `pwmsticky` an interrupt follows its comparator; `pwmdeglitch` keeps it to the end of the cycle. */
  #release(isReset: boolean): void {
    if ((this.#config & Cfg.PWMSTICKY) !== 0) return;
    if ((this.#config & Cfg.PWMDEGLITCH) !== 0 && !isReset) return;
    for (let index = 0; index < SIFIVE_PWM_COMPARATORS; index++) {
      if (this.#ticksToMatch(index) !== 0) this.#pending &= ~(1 << index);
    }
  }

  /** Brings counter and interrupts up to the present. */
  #advance(): void {
    const tick = Math.floor(this.#clock.now * this.#ticksPerCycle);
    let left = tick - this.#tick;
    this.#tick = tick;
    while (left > 0 && (this.#config & RUNNING) !== 0) {
      const toReset = this.#ticksToReset;
      this.#latch(Math.min(left, toReset - 1));
      if (left < toReset) {
        this.#count += left;
        this.#release(false);
        break;
      }
      left -= toReset;
      this.#count = 0;
      this.#config &= ~Cfg.PWMENONESHOT;
      this.#release(true);
      this.#latch(0);
      const period = this.#ticksToReset;
      if (left >= period && (this.#config & Cfg.PWMENALWAYS) !== 0) {
        // Whole cycles at once.
        this.#latch(period - 1);
        this.#release(true);
        left %= period;
      }
    }
    this.#latch(0);
  }

  /** Drives the lines, and plans the next look. */
  #update(): void {
    this.#latch(0);
    this.#release(false);
    for (const [index, line] of this.#lines.entries())
      line.set(((this.#pending >>> index) & 1) !== 0);
    if (this.#event !== undefined) this.#clock.cancel(this.#event);
    this.#event = undefined;
    const next = this.#ticksToChange();
    if (next === Infinity) return;
    const cycle = Math.ceil((this.#tick + next) / this.#ticksPerCycle);
    this.#event = this.#clock.schedule(cycle, () => {
      this.#event = undefined;
      this.#advance();
      this.#update();
    });
  }

  /** Ticks until an interrupt can change by itself. */
  #ticksToChange(): number {
    if ((this.#config & RUNNING) === 0) return Infinity;
    const toReset = this.#ticksToReset;
    let next = Infinity;
    for (let index = 0; index < SIFIVE_PWM_COMPARATORS; index++) {
      const isPending = ((this.#pending >>> index) & 1) !== 0;
      next = Math.min(
        next,
        isPending ? this.#ticksToRelease(index, toReset) : this.#ticksToNextMatch(index, toReset),
      );
    }
    return Math.max(next, 1);
  }

  #ticksToRelease(index: number, toReset: number): number {
    if ((this.#config & Cfg.PWMSTICKY) !== 0) return Infinity;
    const isCentred = (this.#config & (Cfg.PWMCMP0CENTER << index)) !== 0;
    if (!isCentred || (this.#config & Cfg.PWMDEGLITCH) !== 0) return toReset;
    const end = (CMP_MASK + 1 - (this.#compare[index] ?? CMP_MASK)) * 2 ** this.#scale;
    return end > this.#count ? Math.min(end - this.#count, toReset) : toReset;
  }

  #ticksToNextMatch(index: number, toReset: number): number {
    const toMatch = this.#ticksToMatch(index);
    if (toMatch < toReset) return toMatch;
    if ((this.#config & Cfg.PWMENALWAYS) === 0) return Infinity;
    // In the next cycle, or in none.
    const fromZero = this.#ticksFromZero(index);
    const period = 2 ** (SIFIVE_PWM_CMP_WIDTH + this.#scale);
    const isCutShort = (this.#config & Cfg.PWMZEROCMP) !== 0;
    const last = isCutShort ? Math.min(this.#ticksFromZero(0), period - 1) : period - 1;
    return fromZero <= last ? toReset + fromZero : Infinity;
  }

  /** Ticks from zero until a comparator becomes true. */
  #ticksFromZero(index: number): number {
    const at = this.#compare[index] ?? CMP_MASK;
    const isCentred = (this.#config & (Cfg.PWMCMP0CENTER << index)) !== 0;
    return isCentred && at >= CMP_TOP ? Infinity : at * 2 ** this.#scale;
  }

  read(offset: number, size: number): number {
    if (size !== 4) return 0;
    this.#advance();
    switch (offset) {
      case SifivePwmRegister.PWMCFG:
        return (this.#config | (this.#pending << IP_SHIFT)) >>> 0;
      case SifivePwmRegister.PWMCOUNT:
        return this.#count;
      case SifivePwmRegister.PWMS:
        return this.#scaled;
      default:
        return this.#compare[comparatorAt(offset)] ?? 0;
    }
  }

  write(offset: number, value: number, size: number): void {
    if (size !== 4) return;
    this.#advance();
    if (offset === SifivePwmRegister.PWMCFG) {
      this.#config = value & WRITABLE;
      this.#pending = value >>> IP_SHIFT;
    } else if (offset === SifivePwmRegister.PWMCOUNT) {
      this.#count = value & COUNT_MASK;
    } else {
      const index = comparatorAt(offset);
      if (index in this.#compare) this.#compare[index] = value & CMP_MASK;
    }
    this.#update();
  }
}

function comparatorAt(offset: number): number {
  return (offset - SifivePwmRegister.PWMCMP0) / 4;
}
