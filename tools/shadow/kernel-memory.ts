import { readElf, readSymbols } from "@cantrip/elf";
import type { PointerWindows } from "./cap-fields.ts";

/** Where the kernel sees physical memory (`PPTR_BASE` of riscv32), rounded down to a page of 4 MiB. */
const PPTR_BASE = 0x80000000;
const MEGA_PAGE = 0x400000;
const TWO_32 = 0x1_0000_0000;

/** RAM of a machine on which a kernel runs. */
export interface Ram {
  /** Physical address of the first byte. */
  readonly base: number;
  readonly bytes: Uint8Array;
}

/** A real kernel's memory: RAM, its symbols, and its two windows. */
export class KernelMemory implements PointerWindows {
  readonly #words: Uint32Array;
  readonly #base: number;
  readonly #symbols = new Map<string, number>();
  /** Distance of physical addresses from pointers, modulo 2^32, in the window of physical memory and in the image's. */
  readonly #window: number;
  readonly #image: number;
  readonly #imageStart: number;

  /** @throws RangeError when the file has no segment */
  constructor(kernelImage: Uint8Array, ram: Ram) {
    const elf = readElf(kernelImage);
    const segment = elf.segments.find(({ memorySize }) => memorySize > 0);
    if (segment === undefined) throw new RangeError("a kernel image without a segment");
    for (const { name, value } of readSymbols(elf)) this.#symbols.set(name, value);
    this.#words = new Uint32Array(ram.bytes.buffer, ram.bytes.byteOffset, ram.bytes.length / 4);
    this.#base = ram.base;
    this.#window = ram.base - (ram.base % MEGA_PAGE) - PPTR_BASE;
    this.#image = segment.paddr - segment.vaddr;
    this.#imageStart = segment.vaddr;
  }

  physical(pointer: number): number {
    return (pointer + this.#window + TWO_32) % TWO_32;
  }

  /** Physical address of a pointer that the kernel follows: it may be to the image's own variables. 0 stays 0. */
  paddr(pointer: number): number {
    if (pointer === 0) return 0;
    return pointer >= this.#imageStart
      ? (pointer + this.#image + TWO_32) % TWO_32
      : this.physical(pointer);
  }

  has(symbol: string): boolean {
    return this.#symbols.has(symbol);
  }

  /**
   * Physical address of a variable.
   *
   * @throws RangeError when the image has no such symbol
   */
  symbol(name: string): number {
    const pointer = this.#symbols.get(name);
    if (pointer === undefined) throw new RangeError(`the kernel has no symbol ${name}`);
    return this.paddr(pointer);
  }

  /** @throws RangeError outside RAM */
  word(paddr: number): number {
    const value = this.#words[(paddr - this.#base) >>> 2];
    if (value === undefined || paddr < this.#base)
      throw new RangeError(`no RAM at 0x${paddr.toString(16)}`);
    return value;
  }

  /** A time: two words, the low one first; exact up to 2^53. */
  double(paddr: number): number {
    return this.word(paddr) + this.word(paddr + 4) * TWO_32;
  }
}
