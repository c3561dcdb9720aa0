import type { BusDevice, InterruptLine } from "../bus.ts";
import type { ScheduledEvent } from "../event-queue.ts";
import type { DeviceClock } from "../platform.ts";
import { ClintRegister } from "../registers/clint.ts";

const TWO_32 = 0x1_0000_0000;

/** How a CLINT is built into a platform. */
export interface ClintOptions {
  readonly timer: InterruptLine;
  readonly software: InterruptLine;
  /** Ticks of `mtime` in one second. */
  readonly timebaseHz: number;
  /** Number of the one hart; 0 when absent. The registers of the others read zero. */
  readonly hart?: number;
}

/** The core-local interruptor of one hart: machine timer and machine software interrupt. */
export class Clint implements BusDevice {
  readonly #clock: DeviceClock;
  readonly #timer: InterruptLine;
  readonly #software: InterruptLine;
  readonly #cyclesPerTick: number;
  readonly #msipAt: number;
  readonly #compareAt: number;
  #msip = 0;
  #compareLow = 0xffffffff;
  #compareHigh = 0xffffffff;
  #event: ScheduledEvent | undefined;

  constructor(clock: DeviceClock, options: ClintOptions) {
    const { timer, software, timebaseHz, hart = 0 } = options;
    this.#clock = clock;
    this.#timer = timer;
    this.#software = software;
    this.#cyclesPerTick = clock.cyclesPerSecond / timebaseHz;
    this.#msipAt = ClintRegister.MSIP + hart * ClintRegister.MSIP_STRIDE;
    this.#compareAt = ClintRegister.MTIMECMP_LOW + hart * ClintRegister.MTIMECMP_STRIDE;
  }

  /** `mtime`. */
  get time(): number {
    return Math.floor(this.#clock.now / this.#cyclesPerTick);
  }

  read(offset: number, size: number): number {
    if (size !== 4) return 0;
    switch (offset) {
      case this.#msipAt:
        return this.#msip;
      case this.#compareAt:
        return this.#compareLow;
      case this.#compareAt + 4:
        return this.#compareHigh;
      case ClintRegister.MTIME_LOW:
        return this.time % TWO_32;
      case ClintRegister.MTIME_HIGH:
        return Math.floor(this.time / TWO_32);
      default:
        return 0;
    }
  }

  write(offset: number, value: number, size: number): void {
    if (size !== 4) return;
    if (offset === this.#msipAt) {
      this.#msip = value & 1;
      this.#software.set(this.#msip === 1);
    } else if (offset === this.#compareAt) {
      this.#compareLow = value >>> 0;
    } else if (offset === this.#compareAt + 4) {
      this.#compareHigh = value >>> 0;
    }
    this.#update();
  }

  #update(): void {
    if (this.#event !== undefined) this.#clock.cancel(this.#event);
    this.#event = undefined;
    const compare = this.#compareHigh * TWO_32 + this.#compareLow;
    const due = this.time >= compare;
    this.#timer.set(due);
    // All ones is how software says "never".
    if (due || this.#compareHigh === 0xffffffff) return;
    this.#event = this.#clock.schedule(compare * this.#cyclesPerTick, () => {
      this.#event = undefined;
      this.#update();
    });
  }
}
