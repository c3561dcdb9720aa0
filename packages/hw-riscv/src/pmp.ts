import { Access } from "./access.ts";
import { countTrailingZeros } from "./arithmetic/word.ts";
import { Privilege } from "./cause.ts";

/** Entries of physical memory protection. */
export const PMP_ENTRIES = 16;

const Config = { r: 1, w: 2, x: 4, locked: 0x80 } as const;
const MODE_SHIFT = 3;
const Mode = { off: 0, tor: 1, na4: 2, napot: 3 } as const;
const WRITABLE_BITS = 0x9f;
const PAGE_BYTES = 4096;
/** `pmpaddr` counts in units of 4 bytes. */
const UNIT = 4;
const PERMISSION: Readonly<Record<Access, number>> = {
  [Access.load]: Config.r,
  [Access.store]: Config.w,
  [Access.fetch]: Config.x,
};

/**
 * Physical memory protection (Smpmp): 16 entries, whose granularity is 4 bytes.
 *
 * Addresses are numbers: what lies above 2^53 cannot be told apart, and there is nothing.
 */
export class Pmp {
  /** Whether an entry is in force: until then all of memory is open, to every mode. */
  isActive = false;
  readonly #configs = new Uint8Array(PMP_ENTRIES);
  /** Halves of the `pmpaddr` registers. */
  readonly #low = new Int32Array(PMP_ENTRIES);
  readonly #high = new Int32Array(PMP_ENTRIES);
  /** First byte of the ranges, and the first after them. */
  readonly #starts = new Float64Array(PMP_ENTRIES);
  readonly #ends = new Float64Array(PMP_ENTRIES);

  /** One byte of `pmpcfg`. */
  config(entry: number): number {
    return this.#configs[entry] ?? 0;
  }

  /** Sets one byte of `pmpcfg`; one that is locked keeps its value. */
  setConfig(entry: number, value: number): void {
    const old = this.config(entry);
    if ((old & Config.locked) !== 0) return;
    const bits = value & WRITABLE_BITS;
    // Writable and not readable is reserved.
    if ((bits & (Config.r | Config.w)) === Config.w) return;
    this.#configs[entry] = bits;
    this.#update();
  }

  /** Lower half of a `pmpaddr`. */
  addressLow(entry: number): number {
    return this.#low[entry] ?? 0;
  }
  /** Upper half of a `pmpaddr`. */
  addressHigh(entry: number): number {
    return this.#high[entry] ?? 0;
  }

  /** Sets a `pmpaddr`; one that is locked, or the lower end of a locked range, keeps its value. */
  setAddress(entry: number, low: number, high: number): void {
    if ((this.config(entry) & Config.locked) !== 0) return;
    const next = entry + 1 < PMP_ENTRIES ? this.config(entry + 1) : 0;
    if ((next & Config.locked) !== 0 && modeOf(next) === Mode.tor) return;
    this.#low[entry] = low;
    this.#high[entry] = high;
    this.#update();
  }

  /** A `pmpaddr` in bytes. */
  #bytes(entry: number): number {
    const high = (this.#high[entry] ?? 0) * 0x1_0000_0000;
    return (high + ((this.#low[entry] ?? 0) >>> 0)) * UNIT;
  }

  #update(): void {
    this.isActive = false;
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const address = this.#bytes(entry);
      const mode = modeOf(this.config(entry));
      let start = 0;
      let end = 0;
      if (mode === Mode.tor) {
        start = entry === 0 ? 0 : this.#bytes(entry - 1);
        end = address;
      } else if (mode === Mode.na4) {
        start = address;
        end = address + UNIT;
      } else if (mode === Mode.napot) {
        const bytes = this.#napotBytes(entry);
        start = address - (address % bytes);
        end = start + bytes;
      }
      this.#starts[entry] = start;
      this.#ends[entry] = end;
      this.isActive ||= mode !== Mode.off;
    }
  }

  /** Bytes of a naturally aligned power of two: the ones at the end of the register tell. */
  #napotBytes(entry: number): number {
    const low = countTrailingZeros(~(this.#low[entry] ?? 0));
    const ones = low < 32 ? low : 32 + countTrailingZeros(~(this.#high[entry] ?? 0));
    return 2 * UNIT * 2 ** ones;
  }

  /** Whether a mode may access all bytes of a range. */
  permits(physical: number, bytes: number, access: Access, privilege: number): boolean {
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const start = this.#starts[entry] ?? 0;
      const end = this.#ends[entry] ?? 0;
      if (physical + bytes <= start || physical >= end) continue;
      // The first entry that matches any byte decides, and has to match them all.
      if (physical < start || physical + bytes > end) return false;
      const config = this.config(entry);
      if (privilege === Privilege.machine && (config & Config.locked) === 0) return true;
      return (config & PERMISSION[access]) !== 0;
    }
    return privilege === Privilege.machine;
  }

  /** Whether the answer is the same for every access in the page of an address. */
  isUniform(physical: number): boolean {
    const page = physical - (physical % PAGE_BYTES);
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const start = this.#starts[entry] ?? 0;
      const end = this.#ends[entry] ?? 0;
      if (page + PAGE_BYTES <= start || page >= end) continue;
      return page >= start && page + PAGE_BYTES <= end;
    }
    return true;
  }
}

function modeOf(config: number): number {
  return (config >>> MODE_SHIFT) & 3;
}
