import {
  SPRINGBOK_WINDOW_BASE,
  SPRINGBOK_WINDOW_STRIDE,
  VC_TOP_WINDOW_COUNT,
  VC_TOP_WINDOW_STRIDE,
  VcTopWindow,
} from "./registers/vc-top.ts";
import type { TightlyCoupledMemory } from "./tightly-coupled-memory.ts";

const WORD_BYTES = 4;
const OFFSET_MASK = SPRINGBOK_WINDOW_STRIDE - 1;
const WINDOW_SHIFT = 24;
const FIRST_WINDOW = SPRINGBOK_WINDOW_BASE >>> WINDOW_SHIFT;

/** The window registers (WMMU): what the core's addresses mean, and what it may do there. */
export class MemoryWindows {
  readonly #tcm: TightlyCoupledMemory;
  readonly #starts = new Uint32Array(VC_TOP_WINDOW_COUNT);
  readonly #lasts = new Uint32Array(VC_TOP_WINDOW_COUNT);
  readonly #permissions = new Uint32Array(VC_TOP_WINDOW_COUNT);

  constructor(tcm: TightlyCoupledMemory) {
    this.#tcm = tcm;
  }

  /** Reads a register; the offset counts from the first window's. */
  read(offset: number): number {
    return this.#registers(offset)?.[Math.floor(offset / VC_TOP_WINDOW_STRIDE)] ?? 0;
  }

  write(offset: number, value: number): void {
    const registers = this.#registers(offset);
    if (registers !== undefined) registers[Math.floor(offset / VC_TOP_WINDOW_STRIDE)] = value;
  }

  #registers(offset: number): Uint32Array | undefined {
    switch (offset % VC_TOP_WINDOW_STRIDE) {
      case VcTopWindow.START_ADDRESS:
        return this.#starts;
      case VcTopWindow.LENGTH:
        return this.#lasts;
      case VcTopWindow.PERMISSIONS:
        return this.#permissions;
      default:
        return undefined;
    }
  }

  /**
   * Where in the core's memory an access goes.
   *
   * @param address - as the core sees it, signed or not
   * @param size - bytes
   * @param permission - what the access needs
   * @returns the offset, or -1 when the access is refused
   */
  translate(address: number, size: number, permission: number): number {
    const window = (address >>> WINDOW_SHIFT) - FIRST_WINDOW;
    // An index outside the windows reads as no permission.
    if (((this.#permissions[window] ?? 0) & permission) === 0) return -1;
    const inWindow = address & OFFSET_MASK;
    if (inWindow + size - 1 > (this.#lasts[window] ?? 0)) return -1;
    const offset = (this.#starts[window] ?? 0) + inWindow - this.#tcm.base;
    return offset < 0 || offset + size > this.#tcm.contents.length ? -1 : offset;
  }

  /**
   * The last address at which a word lies in the same window and in the memory.
   *
   * @param address - one that {@link translate} permitted
   * @param offset - what it gave
   */
  lastWordFrom(address: number, offset: number): number {
    const window = (address >>> WINDOW_SHIFT) - FIRST_WINDOW;
    const inWindow = (this.#lasts[window] ?? 0) - (address & OFFSET_MASK) + 1;
    const left = Math.min(
      inWindow,
      SPRINGBOK_WINDOW_STRIDE - (address & OFFSET_MASK),
      this.#tcm.contents.length - offset,
    );
    return address + left - WORD_BYTES;
  }
}
