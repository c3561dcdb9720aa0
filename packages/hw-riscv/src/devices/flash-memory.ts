import type { BusDevice } from "../bus.ts";

const ERASED = 0xff;

/** Memory-mapped flash: readable like memory, stores are refused. Bytes past the contents read as erased (0xff). */
export class FlashMemory implements BusDevice {
  readonly readOnly = true;
  readonly contents: Uint8Array;

  /** @param contents - bytes from the start of the region; not copied */
  constructor(contents: Uint8Array) {
    this.contents = contents;
  }

  read(offset: number, size: number): number {
    let value = 0;
    for (let index = 0; index < size; index++) {
      value |= (this.contents[offset + index] ?? ERASED) << (8 * index);
    }
    return value;
  }

  write(): void {
    // The bus refuses stores.
  }
}
