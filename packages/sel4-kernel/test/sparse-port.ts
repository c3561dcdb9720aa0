import { FakePort } from "./fake-port.ts";

const PAGE_BYTES = 4096;

/** A port with as much memory as there are addresses: only pages that something was written to take room. */
export class SparsePort extends FakePort {
  readonly #pages = new Map<number, Uint32Array>();

  override readWord(paddr: number): number {
    return this.#pages.get(pageOf(paddr))?.[(paddr % PAGE_BYTES) / 4] ?? 0;
  }
  override writeWord(paddr: number, value: number): void {
    let page = this.#pages.get(pageOf(paddr));
    if (page === undefined) this.#pages.set(pageOf(paddr), (page = new Uint32Array(1024)));
    page[(paddr % PAGE_BYTES) / 4] = value;
  }
  override clearMemory(paddr: number, bytes: number): void {
    for (let at = paddr; at < paddr + bytes; at += 4)
      if (this.#pages.has(pageOf(at))) this.writeWord(at, 0);
  }

  /** A page, little endian. */
  page(paddr: number): Uint8Array {
    const bytes = new Uint8Array(PAGE_BYTES);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < PAGE_BYTES; at += 4) view.setUint32(at, this.readWord(paddr + at), true);
    return bytes;
  }
}

function pageOf(paddr: number): number {
  return Math.floor(paddr / PAGE_BYTES);
}
