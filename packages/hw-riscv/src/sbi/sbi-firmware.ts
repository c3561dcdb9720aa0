import { Cause } from "../cause.ts";
import { Csr } from "../csr-numbers.ts";
import type { Machine } from "../machine.ts";
import type { Firmware } from "../seams.ts";
import {
  SbiBase,
  SbiConsole,
  SbiError,
  SbiExtension,
  SbiRemoteFence,
  SbiReset,
} from "./numbers.ts";

const A0 = 10;
const A1 = 11;
const A2 = 12;
const A6 = 16;
const A7 = 17;
const TWO_32 = 0x1_0000_0000;
/** Ticks from which on a deadline is none: all ones disarms the timer. */
const NEVER = 2 ** 63;
/** Version 2.0 of the specification: major in bits 30:24, minor in 23:0. */
const SPEC_VERSION = 0x02000000;
/** No implementation has this number. */
const IMPLEMENTATION_ID = 0x7fffffff;
const SSIP = 2;
/** What `console_getchar` answers when there is nothing. */
const NO_CHARACTER = -1;
/** A hart mask base that stands for all harts. */
const ALL_HARTS = -1;

/** What the firmware's console is. */
export interface SbiOptions {
  /** Transmits a byte. */
  readonly putChar: (byte: number) => void;
  /** Takes a received byte; `undefined` when there is none. Nothing is ever received when absent. */
  readonly getChar?: () => number | undefined;
}

/** What a call answers: an error code and a value. */
interface Answer {
  readonly error: number;
  readonly value: number;
}

function success(value = 0): Answer {
  return { error: SbiError.SUCCESS, value };
}
const notSupported: Answer = { error: SbiError.NOT_SUPPORTED, value: 0 };
const invalid: Answer = { error: SbiError.INVALID_PARAM, value: 0 };

/**
 * Machine-mode firmware in TypeScript: the RISC-V Supervisor Binary Interface, version 2.0, for one hart.
 *
 * It has the legacy extensions and Base, Timer, IPI, RFENCE, System Reset and Debug Console. There is no Hart State
 * Management: the one hart runs. Timer interrupts go to the supervisor without the firmware's help.
 */
export class SbiFirmware implements Firmware {
  readonly #machine: Machine;
  readonly #options: SbiOptions;
  /** Number of the one hart. */
  readonly #hart: number;

  constructor(machine: Machine, options: SbiOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#hart = machine.platform.hart?.id ?? 0;
  }

  /** The one hart, as bit of a hart mask. */
  get #thisHart(): number {
    return 1 << this.#hart;
  }

  trap(cause: number): void {
    const machine = this.#machine;
    if (cause !== Cause.ecallFromSupervisor) {
      // Everything else is delegated.
      machine.halt(`firmware: trap ${cause} at 0x${machine.pc.toString(16)}`);
      return;
    }
    machine.pc += 4;
    const extension = this.#argument(A7);
    if (this.#legacy(extension)) return;
    const { error, value } = this.#call(extension, this.#argument(A6));
    this.#answer(A0, error);
    this.#answer(A1, value);
  }

  #argument(register: number): number {
    return (this.#machine.registers[register] ?? 0) | 0;
  }
  /** Upper half of an argument on RV64. */
  #argumentHigh(register: number): number {
    return this.#machine.xlen === 64 ? (this.#machine.registersHigh[register] ?? 0) : 0;
  }
  #answer(register: number, value: number): void {
    this.#machine.registers[register] = value;
    this.#machine.registersHigh[register] = this.#machine.xlen === 64 && value < 0 ? -1 : 0;
  }

  /** A legacy call, which answers in `a0` alone; `false` when it is none. */
  #legacy(extension: number): boolean {
    const machine = this.#machine;
    let answer: number = SbiError.SUCCESS;
    switch (extension) {
      case SbiExtension.LEGACY_SET_TIMER:
        this.#setTimer();
        break;
      case SbiExtension.LEGACY_CONSOLE_PUTCHAR:
        this.#options.putChar(this.#argument(A0) & 0xff);
        break;
      case SbiExtension.LEGACY_CONSOLE_GETCHAR:
        answer = this.#options.getChar?.() ?? NO_CHARACTER;
        break;
      case SbiExtension.LEGACY_CLEAR_IPI:
        machine.writeCsr(Csr.mip, 0);
        break;
      case SbiExtension.LEGACY_SEND_IPI:
        answer = this.#legacySendIpi();
        break;
      case SbiExtension.LEGACY_REMOTE_FENCE_I:
        // Stores to code are noticed without it.
        break;
      case SbiExtension.LEGACY_REMOTE_SFENCE_VMA:
      case SbiExtension.LEGACY_REMOTE_SFENCE_VMA_ASID:
        machine.fenceVma();
        break;
      case SbiExtension.LEGACY_SHUTDOWN:
        machine.halt("shutdown");
        break;
      default:
        return false;
    }
    this.#answer(A0, answer);
    return true;
  }

  #call(extension: number, id: number): Answer {
    switch (extension) {
      case SbiExtension.BASE:
        return this.#base(id);
      case SbiExtension.TIMER:
        if (id !== 0) return notSupported;
        this.#setTimer();
        return success();
      case SbiExtension.IPI:
        return id === 0 ? this.#sendIpi() : notSupported;
      case SbiExtension.RFENCE:
        return this.#remoteFence(id);
      case SbiExtension.SYSTEM_RESET:
        return id === 0 ? this.#reset() : notSupported;
      case SbiExtension.DEBUG_CONSOLE:
        return this.#console(id);
      default:
        return notSupported;
    }
  }

  #base(id: number): Answer {
    switch (id) {
      case SbiBase.GET_SPEC_VERSION:
        return success(SPEC_VERSION);
      case SbiBase.GET_IMPL_ID:
        return success(IMPLEMENTATION_ID);
      case SbiBase.PROBE_EXTENSION: {
        const wanted = this.#argument(A0);
        return success(Object.values<number>(SbiExtension).includes(wanted) ? 1 : 0);
      }
      case SbiBase.GET_IMPL_VERSION:
      case SbiBase.GET_MVENDORID:
      case SbiBase.GET_MARCHID:
      case SbiBase.GET_MIMPID:
        return success();
      default:
        return notSupported;
    }
  }

  /** Arms the supervisor's timer at the absolute time in `a1:a0`, on RV64 `a0`; takes a pending interrupt of it back. */
  #setTimer(): void {
    const low = this.#argument(A0) >>> 0;
    const isWide = this.#machine.xlen === 64;
    const high = (isWide ? this.#argumentHigh(A0) : this.#argument(A1)) >>> 0;
    const ticks = high * TWO_32 + low;
    this.#machine.setSupervisorTimer(ticks < NEVER ? ticks : Infinity);
  }

  /** The hart mask lies in the caller's memory. */
  #legacySendIpi(): number {
    const vaddr = this.#argumentHigh(A0) * TWO_32 + (this.#argument(A0) >>> 0);
    const paddr = this.#machine.translate(vaddr);
    if (paddr === undefined || paddr % 4 !== 0) return SbiError.FAILED;
    if ((this.#machine.readPhysical32(paddr) & this.#thisHart) !== 0)
      this.#machine.writeCsr(Csr.mip, SSIP);
    return SbiError.SUCCESS;
  }

  #sendIpi(): Answer {
    const target = this.#hartMask(A0, A1);
    if (target === undefined) return invalid;
    if (target) this.#machine.writeCsr(Csr.mip, SSIP);
    return success();
  }

  /** Whether a hart mask with its base names this hart; `undefined` when it names one that is not there. */
  #hartMask(maskRegister: number, baseRegister: number): boolean | undefined {
    const mask = this.#argument(maskRegister);
    const base = this.#argument(baseRegister);
    if (base === ALL_HARTS) return true;
    if (mask === 0) return false;
    return base >= 0 && base <= this.#hart && mask === 1 << (this.#hart - base) ? true : undefined;
  }

  #remoteFence(id: number): Answer {
    const isFence =
      id === SbiRemoteFence.FENCE_I ||
      id === SbiRemoteFence.SFENCE_VMA ||
      id === SbiRemoteFence.SFENCE_VMA_ASID;
    if (!isFence) return notSupported;
    const target = this.#hartMask(A0, A1);
    if (target === undefined) return invalid;
    if (target && id !== SbiRemoteFence.FENCE_I) this.#machine.fenceVma();
    return success();
  }

  #reset(): Answer {
    switch (this.#argument(A0)) {
      case SbiReset.SHUTDOWN:
        this.#machine.halt("shutdown");
        return success();
      case SbiReset.COLD_REBOOT:
      case SbiReset.WARM_REBOOT:
        this.#machine.halt("reboot");
        return success();
      default:
        return invalid;
    }
  }

  #console(id: number): Answer {
    switch (id) {
      case SbiConsole.WRITE_BYTE:
        this.#options.putChar(this.#argument(A0) & 0xff);
        return success();
      case SbiConsole.WRITE:
        return this.#writeText();
      case SbiConsole.READ:
        return this.#readText();
      default:
        return notSupported;
    }
  }

  /** `a0` bytes at the physical address `a2:a1`: where they are in the machine's RAM, or `undefined`. */
  #textInRam(): Uint8Array | undefined {
    const { platform, ram } = this.#machine;
    const length = this.#argument(A0) >>> 0;
    const start = (this.#argument(A1) >>> 0) + this.#argumentHigh(A1) * TWO_32 - platform.ram.base;
    if (this.#argumentHigh(A0) !== 0) return undefined;
    if (this.#argument(A2) !== 0 || start < 0 || start + length > ram.length) return undefined;
    return ram.subarray(start, start + length);
  }

  #writeText(): Answer {
    const text = this.#textInRam();
    if (text === undefined) return invalid;
    for (const byte of text) this.#options.putChar(byte);
    return success(text.length);
  }

  #readText(): Answer {
    const room = this.#textInRam();
    if (room === undefined) return invalid;
    const bytes: number[] = [];
    while (bytes.length < room.length) {
      const byte = this.#options.getChar?.();
      if (byte === undefined) break;
      bytes.push(byte & 0xff);
    }
    this.#machine.copyToPhysical(this.#argument(A1) >>> 0, Uint8Array.from(bytes));
    return success(bytes.length);
  }
}
