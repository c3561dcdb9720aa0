import type { BusDevice } from "@cantrip/hw-riscv";

/** The core's memory, which the host sees on its bus. */
export class TightlyCoupledMemory implements BusDevice {
  /** Physical address on the host's bus. */
  readonly base: number;
  readonly contents: Uint8Array;
  readonly view: DataView;

  /** @param size - bytes, zeroed; the host's operating system gives them only when they are used */
  constructor(base: number, size: number) {
    this.base = base;
    this.contents = new Uint8Array(size);
    this.view = new DataView(this.contents.buffer);
  }

  read(offset: number, size: number): number {
    if (size === 4) return this.view.getUint32(offset, true);
    return size === 2 ? this.view.getUint16(offset, true) : this.view.getUint8(offset);
  }

  write(offset: number, value: number, size: number): void {
    if (size === 4) this.view.setUint32(offset, value, true);
    else if (size === 2) this.view.setUint16(offset, value, true);
    else this.view.setUint8(offset, value);
  }
}
