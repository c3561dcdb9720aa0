import type { BusDevice, DeviceDescription, InterruptLine, Machine } from "@cantrip/hw-riscv";
import { PlicRegister, RV_TIMER_LAYOUT } from "@cantrip/hw-riscv/registers";
import type { SystemPlatform } from "@cantrip/assembly/riscv";
import type { TimeRead } from "./follower-port.ts";

const KERNEL_TIMER = "kernel-timer";
const PLIC = "plic";
/** Context of supervisor mode. */
const CLAIM = PlicRegister.THRESHOLD + PlicRegister.CONTEXT_STRIDE + PlicRegister.CLAIM;
const ENABLE = PlicRegister.ENABLE + PlicRegister.ENABLE_STRIDE;
const SIP = 0x144;
/** Supervisor timer and external interrupt. */
const PENDING = (1 << 5) | (1 << 9);
const TWO_32 = 0x1_0000_0000;

/**
 * Writes down what a real kernel learns from its devices and does to them: the time, interrupts that it claims and
 * completes, and its timer. The devices do what they would do without it.
 */
export class Recorder {
  /** Nobody else's accesses are the kernel's. */
  isInKernel = true;
  readonly times: TimeRead[] = [];
  readonly claims: number[] = [];
  readonly completed: number[] = [];
  /** Time at which the kernel's timer is due, in ticks; `undefined` when it was not set. */
  deadline: number | undefined;
  /** Enable bits of the supervisor's interrupts by word, as far as they were written. */
  readonly enabled = new Map<number, number>();
  readonly #sources: readonly number[];
  #lines: readonly InterruptLine[] = [];
  #machine: Machine | undefined;
  #timeReads = 0;
  #compareLow = 0;
  #compareHigh = 0;

  /** @param sources - interrupts that nothing else is connected to, for {@link raise} */
  constructor(sources: readonly number[] = []) {
    this.#sources = sources;
  }

  /** Raises the line of one of the sources until the kernel claims it. */
  raise(source: number): void {
    this.#lines[this.#sources.indexOf(source)]?.set(true);
  }

  /** The same platform, with this recorder between the machine and its devices. */
  watch(platform: SystemPlatform): SystemPlatform {
    const board: SystemPlatform["board"] = (ramBytes) => {
      const description = platform.board(ramBytes);
      return { ...description, devices: description.devices.map((each) => this.#device(each)) };
    };
    const devices: SystemPlatform["devices"] = (choices) => [
      ...platform.devices(choices),
      ...(this.#sources.length === 0 ? [] : [this.#lineDriver()]),
      ...(platform.kernelStart === "supervisor-mode" ? [this.#clock(platform)] : []),
    ];
    return { ...platform, board, devices };
  }

  /** To be called when the machine is made. */
  attach(machine: Machine): void {
    this.#machine = machine;
    const setTimer = machine.setSupervisorTimer.bind(machine);
    machine.setSupervisorTimer = (ticks) => {
      if (this.isInKernel) this.deadline = ticks;
      setTimer(ticks);
    };
  }

  clear(): void {
    this.times.length = 0;
    this.claims.length = 0;
    this.completed.length = 0;
    this.deadline = undefined;
    this.#timeReads = 0;
  }

  #readTime(time: number): void {
    if (!this.isInKernel || this.#machine === undefined) return;
    const pending = (this.#machine.readCsr(SIP) ?? 0) & PENDING;
    this.times.push({ time, isInterruptPending: pending !== 0 });
  }

  /** The platform's source of the `time` register. The kernel reads the high half, the low one, and the high one again. */
  #timeSource(read: () => number): () => number {
    return () => {
      const time = read();
      if (this.isInKernel && this.#timeReads++ % 3 === 1) this.#readTime(time);
      return time;
    };
  }

  /** A device without registers that gives supervisors their `time`, as the machine itself does where nobody else does. */
  #clock(platform: SystemPlatform): DeviceDescription {
    const { instructionsPerTick } = platform.board(platform.defaultRamBytes);
    return {
      name: "recorded-time",
      base: 0x1000,
      size: 4,
      create: (environment) => {
        const { clock } = environment;
        environment.setTimeSource(
          this.#timeSource(() => Math.floor(clock.now / instructionsPerTick)),
        );
        return { read: () => 0, write: () => undefined };
      },
    };
  }

  /** A device without registers whose interrupts come from outside. */
  #lineDriver(): DeviceDescription {
    return {
      ...{ name: "raised-interrupts", base: 0x2000, size: 4, interrupts: this.#sources },
      create: ({ interrupts }) => {
        this.#lines = interrupts;
        return { read: () => 0, write: () => undefined };
      },
    };
  }

  #device(description: DeviceDescription): DeviceDescription {
    switch (description.name) {
      case KERNEL_TIMER:
        return {
          ...description,
          create: (environment) => {
            const setTimeSource = (read: () => number): void => {
              environment.setTimeSource(this.#timeSource(read));
            };
            return this.#timer(description.create({ ...environment, setTimeSource }));
          },
        };
      case PLIC:
        return {
          ...description,
          create: (environment) => this.#plic(description.create(environment)),
        };
      default:
        return description;
    }
  }

  #timer(timer: BusDevice): BusDevice {
    const { COMPARE_LOWER0_0, COMPARE_UPPER0_0 } = RV_TIMER_LAYOUT;
    return {
      read: (offset, size) => timer.read(offset, size),
      write: (offset, value, size) => {
        if (offset === COMPARE_LOWER0_0) this.#compareLow = value >>> 0;
        if (offset === COMPARE_UPPER0_0) this.#compareHigh = value >>> 0;
        if (offset === COMPARE_LOWER0_0 || offset === COMPARE_UPPER0_0)
          this.deadline = this.#compareHigh * TWO_32 + this.#compareLow;
        timer.write(offset, value, size);
      },
    };
  }

  #plic(plic: BusDevice): BusDevice {
    return {
      read: (offset, size) => {
        const value = plic.read(offset, size);
        if (offset === CLAIM) {
          this.claims.push(value);
          this.#lines[this.#sources.indexOf(value)]?.set(false);
        }
        return value;
      },
      write: (offset, value, size) => {
        if (offset === CLAIM) this.completed.push(value);
        const enable = offset - ENABLE;
        if (enable >= 0 && enable < PlicRegister.ENABLE_STRIDE)
          this.enabled.set(enable / 4, value >>> 0);
        plic.write(offset, value, size);
      },
    };
  }
}
