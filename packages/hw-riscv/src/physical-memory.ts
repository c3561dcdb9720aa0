import type { Bus } from "./bus.ts";
import type { GuestMemory } from "./guest-memory.ts";

/** RAM and device registers by physical address, as others than the hart see them. */
export class PhysicalMemory {
  readonly #memory: GuestMemory;
  readonly #bus: Bus;

  constructor(memory: GuestMemory, bus: Bus) {
    this.#memory = memory;
    this.#bus = bus;
  }

  /** A word of RAM, or a device's register, unsigned. @throws RangeError when there is nothing at the address */
  read32(paddr: number): number {
    const offset = this.#memory.offsetOf(paddr);
    if (offset >= 0 && (offset & 3) === 0) return (this.#memory.words[offset >>> 2] ?? 0) >>> 0;
    const value = this.#bus.read(paddr, 4);
    if (value === undefined) throw nothingAt(paddr);
    return value >>> 0;
  }

  /** @throws RangeError when there is nothing at the address */
  write32(paddr: number, value: number): void {
    const offset = this.#memory.offsetOf(paddr);
    if (offset >= 0 && (offset & 3) === 0) {
      if (this.#memory.hasCode(offset)) this.#memory.invalidateCode(offset, 4);
      this.#memory.words[offset >>> 2] = value;
    } else if (!this.#bus.write(paddr, value, 4)) {
      throw nothingAt(paddr);
    }
  }

  /** Copies bytes into RAM. @throws RangeError outside of it, as the next ones do */
  copyTo(paddr: number, bytes: Uint8Array): void {
    const offset = this.#changed(paddr, bytes.length);
    this.#memory.bytes.set(bytes, offset);
  }

  /** A copy of bytes of RAM. */
  copyFrom(paddr: number, length: number): Uint8Array {
    const offset = this.#range(paddr, length);
    return this.#memory.bytes.slice(offset, offset + length);
  }

  zero(paddr: number, length: number): void {
    const offset = this.#changed(paddr, length);
    this.#memory.bytes.fill(0, offset, offset + length);
  }

  /** Changes a bit (0 to 7) of a byte of RAM. */
  flipBit(paddr: number, bit: number): void {
    const offset = this.#changed(paddr, 1);
    this.#memory.bytes[offset] = (this.#memory.bytes[offset] ?? 0) ^ (1 << bit);
  }

  /** Forgets code that was decoded from a range of RAM. */
  invalidateCode(paddr: number, length: number): void {
    this.#changed(paddr, length);
  }

  #changed(paddr: number, length: number): number {
    const offset = this.#range(paddr, length);
    this.#memory.invalidateCode(offset, length);
    return offset;
  }

  #range(paddr: number, length: number): number {
    const offset = this.#memory.offsetOf(paddr);
    if (length === 0) return Math.max(offset, 0);
    if (offset < 0 || this.#memory.offsetOf(paddr + length - 1) < 0) throw nothingAt(paddr);
    return offset;
  }
}

function nothingAt(paddr: number): RangeError {
  return new RangeError(`nothing at physical address 0x${paddr.toString(16)}`);
}
