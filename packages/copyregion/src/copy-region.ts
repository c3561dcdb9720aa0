import type { Task } from "@cantrip/hosted";
import { CapRights, type SeL4 } from "@cantrip/sel4-sys";

/** A hole in the address space into which one frame at a time is mapped. Corresponds to `CopyRegion`. */
export class CopyRegion {
  readonly address: number;
  readonly size: number;
  readonly #sel4: SeL4;
  readonly #vspace: number;
  #frame: number | undefined;

  /**
   * @param vspace - the own root page table
   * @param address - page-aligned
   */
  constructor(sel4: SeL4, vspace: number, address: number, size = 4096) {
    this.#sel4 = sel4;
    this.#vspace = vspace;
    this.address = address;
    this.size = size;
  }

  /** The frame that is mapped, if any. */
  get frame(): number | undefined {
    return this.#frame;
  }

  /** Maps a frame readable and writable, in place of the one that is mapped. */
  *map(frame: number): Task<void> {
    yield* this.unmap();
    yield* this.#sel4.page.map(frame, {
      vspace: this.#vspace,
      address: this.address,
      rights: CapRights.ReadWrite,
      executeNever: true,
    });
    this.#frame = frame;
  }

  *unmap(): Task<void> {
    const frame = this.#frame;
    if (frame === undefined) return;
    this.#frame = undefined;
    yield* this.#sel4.page.unmap(frame);
  }

  /** The frame's capability is gone, and the mapping with it. */
  forget(): void {
    this.#frame = undefined;
  }

  read(offset: number, target: Uint8Array): void {
    this.#sel4.context.copyIn(this.address + offset, target);
  }
  write(offset: number, source: Uint8Array): void {
    this.#sel4.context.copyOut(this.address + offset, source);
  }
}
