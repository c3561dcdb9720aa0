/** Bytes before guest RAM in the shared buffer: the hart's registers and its TLBs. */
const STATE_BYTES = 0x20000;
/** Entries of each direct-mapped TLB. */
export const TLB_ENTRIES = 4096;

const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
const WASM_PAGE = 0x10000;
const REGISTER_WORDS = 64;
const TLB_OFFSET = 0x4000;
const TLB_BYTES = TLB_ENTRIES * 4;

/** Decoded instructions of one physical page: slot `i` is the instruction at byte `2 * i`; 0 is not decoded yet. */
export interface DecodedPage {
  /** Byte offset of the page in the shared buffer. */
  readonly offset: number;
  /** Packed operation, registers and length; see `decode`. */
  readonly operations: Int32Array;
  /** Immediates, or the raw word where the operation needs more than an immediate. */
  readonly immediates: Int32Array;
}

type WasmMemoryConstructor = new (descriptor: { initial: number; maximum: number }) => {
  readonly buffer: ArrayBuffer;
};

/** One buffer of fixed size: a `WebAssembly.Memory` where there is one, so that compiled code can share it later. */
function allocate(bytes: number): ArrayBuffer {
  const host = globalThis as unknown as { WebAssembly?: { Memory?: WasmMemoryConstructor } };
  const Memory = host.WebAssembly?.Memory;
  if (Memory === undefined) return new ArrayBuffer(bytes);
  const pages = Math.ceil(bytes / WASM_PAGE);
  return new Memory({ initial: pages, maximum: pages }).buffer;
}

/**
 * Guest RAM, the hart's registers and its TLBs, in one buffer that never grows (growing would detach every view).
 */
export class GuestMemory {
  /** Physical address of the first byte of RAM. */
  readonly base: number;
  /** Bytes of RAM. */
  readonly size: number;
  /** The whole buffer: state first, RAM from `STATE_BYTES`. */
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  /** RAM alone. */
  readonly ram: Uint8Array;
  /** `x0`..`x31`, and at 32 a place that swallows writes to `x0`. */
  readonly registers: Int32Array;
  readonly readTags: Int32Array;
  readonly readOffsets: Int32Array;
  readonly writeTags: Int32Array;
  readonly writeOffsets: Int32Array;
  readonly fetchTags: Int32Array;
  /** Changes whenever decoded pages that were fetched may not be used any more. */
  fetchEpoch = 0;
  readonly fetchPages: (DecodedPage | null)[] = new Array<DecodedPage | null>(TLB_ENTRIES).fill(
    null,
  );

  /** One flag per physical page: it has decoded instructions. */
  readonly #codeFlags: Uint8Array;
  readonly #decoded = new Map<number, DecodedPage>();

  constructor(base: number, size: number) {
    if (size <= 0 || size % PAGE_BYTES !== 0 || base % PAGE_BYTES !== 0) {
      throw new RangeError(`RAM of ${size} bytes at ${base} is not whole pages`);
    }
    this.base = base;
    this.size = size;
    const buffer = allocate(STATE_BYTES + size);
    const length = STATE_BYTES + size;
    this.bytes = new Uint8Array(buffer, 0, length);
    this.halves = new Uint16Array(buffer, 0, length >>> 1);
    this.words = new Int32Array(buffer, 0, length >>> 2);
    this.ram = new Uint8Array(buffer, STATE_BYTES, size);
    this.registers = new Int32Array(buffer, 0, REGISTER_WORDS);
    const tlb = (index: number): Int32Array =>
      new Int32Array(buffer, TLB_OFFSET + index * TLB_BYTES, TLB_ENTRIES);
    this.readTags = tlb(0);
    this.readOffsets = tlb(1);
    this.writeTags = tlb(2);
    this.writeOffsets = tlb(3);
    this.fetchTags = tlb(4);
    this.#codeFlags = new Uint8Array(size >>> PAGE_SHIFT);
    this.flushTlb();
  }

  /** Offset in the buffer of a physical address, or -1 outside RAM. */
  offsetOf(physical: number): number {
    const offset = physical - this.base;
    return offset >= 0 && offset < this.size ? offset + STATE_BYTES : -1;
  }

  flushTlb(): void {
    this.readTags.fill(-1);
    this.writeTags.fill(-1);
    this.#flushFetches();
  }

  #flushFetches(): void {
    this.fetchEpoch = (this.fetchEpoch + 1) | 0;
    this.fetchTags.fill(-1);
    this.fetchPages.fill(null);
  }

  /** Whether the page at a buffer offset has decoded instructions. */
  hasCode(offset: number): boolean {
    return this.#codeFlags[(offset - STATE_BYTES) >>> PAGE_SHIFT] === 1;
  }

  /** The decoded form of the page that holds a buffer offset; made when there is none. */
  decodedPage(offset: number): DecodedPage {
    const index = (offset - STATE_BYTES) >>> PAGE_SHIFT;
    let page = this.#decoded.get(index);
    if (page === undefined) {
      page = {
        offset: offset & ~(PAGE_BYTES - 1),
        operations: new Int32Array(PAGE_BYTES / 2),
        immediates: new Int32Array(PAGE_BYTES / 2),
      };
      this.#decoded.set(index, page);
      this.#codeFlags[index] = 1;
      // Stores to this page must come the slow way from now on.
      this.writeTags.fill(-1);
    }
    return page;
  }

  /** Forgets decoded instructions in a range that is about to change or has changed. */
  invalidateCode(offset: number, length: number): void {
    if (length <= 0) return;
    const end = offset + length;
    for (let page = offset & ~(PAGE_BYTES - 1); page < end; page += PAGE_BYTES) {
      const index = (page - STATE_BYTES) >>> PAGE_SHIFT;
      if (this.#codeFlags[index] !== 1) continue;
      if (offset <= page && end >= page + PAGE_BYTES) {
        this.#decoded.delete(index);
        this.#codeFlags[index] = 0;
        this.#flushFetches();
        continue;
      }
      const decoded = this.#decoded.get(index);
      if (decoded === undefined) continue;
      // An instruction that begins one half-word earlier reaches into the range.
      const first = Math.max(0, ((Math.max(offset, page) - page) >>> 1) - 1);
      const last = (Math.min(end, page + PAGE_BYTES) - 1 - page) >>> 1;
      decoded.operations.fill(0, first, last + 1);
    }
  }
}
