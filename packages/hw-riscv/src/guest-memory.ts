/** Entries of each direct-mapped TLB. */
export const TLB_ENTRIES = 4096;

/** Where things stand in the shared buffer, in words of 4 bytes: the hart's registers and its TLBs, before guest RAM. */
export const BufferWords = {
  /** What an upper half of an integer register on RV64 is further on than the lower one. */
  high: 64,
  /** Lower halves of the floating-point registers, and upper ones. */
  float: 128,
  floatHigh: 192,
  readTags: 0x1000,
  readOffsets: 0x2000,
  writeTags: 0x3000,
  writeOffsets: 0x4000,
  fetchTags: 0x5000,
  /** Upper halves of the addresses in the tags, on RV64. */
  readTagsHigh: 0x6000,
  writeTagsHigh: 0x7000,
  fetchTagsHigh: 0x8000,
} as const;

/** Bytes before guest RAM in the shared buffer. */
const STATE_BYTES = 0x24000;

const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
const WASM_PAGE = 0x10000;
const REGISTER_WORDS = 256;
const WORD_BYTES = 4;

/** Decoded instructions of one physical page: slot `i` is the instruction at byte `2 * i`; 0 is not decoded yet. */
export interface DecodedPage {
  /** Byte offset of the page in the shared buffer. */
  readonly offset: number;
  /** Packed operation, registers and length; see `Decoded`. All 0 where every fetch has to be checked. */
  readonly operations: Int32Array;
  /** Immediates, or the raw word where the operation needs more than an immediate. */
  readonly immediates: Int32Array;
  /** Physical memory protection does not treat the page as one: every fetch is checked, and nothing is kept. */
  readonly isChecked: boolean;
}

/** Shared by the pages of which nothing is kept. */
const NOTHING_DECODED = new Int32Array(PAGE_BYTES / 2);

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
  /**
   * `x0`..`x31`, and at 32 a place that swallows writes to `x0`; upper halves, and floating-point registers: see
   * {@link BufferWords}.
   */
  readonly registers: Int32Array;
  readonly readTags: Int32Array;
  readonly readOffsets: Int32Array;
  readonly writeTags: Int32Array;
  readonly writeOffsets: Int32Array;
  readonly fetchTags: Int32Array;
  readonly readTagsHigh: Int32Array;
  readonly writeTagsHigh: Int32Array;
  readonly fetchTagsHigh: Int32Array;
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
    const tlb = (words: number): Int32Array =>
      new Int32Array(buffer, words * WORD_BYTES, TLB_ENTRIES);
    this.readTags = tlb(BufferWords.readTags);
    this.readOffsets = tlb(BufferWords.readOffsets);
    this.writeTags = tlb(BufferWords.writeTags);
    this.writeOffsets = tlb(BufferWords.writeOffsets);
    this.fetchTags = tlb(BufferWords.fetchTags);
    this.readTagsHigh = tlb(BufferWords.readTagsHigh);
    this.writeTagsHigh = tlb(BufferWords.writeTagsHigh);
    this.fetchTagsHigh = tlb(BufferWords.fetchTagsHigh);
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
        offset: offset - (offset % PAGE_BYTES),
        operations: new Int32Array(PAGE_BYTES / 2),
        immediates: new Int32Array(PAGE_BYTES / 2),
        isChecked: false,
      };
      this.#decoded.set(index, page);
      this.#codeFlags[index] = 1;
      // Stores to this page must come the slow way from now on.
      this.writeTags.fill(-1);
    }
    return page;
  }

  /** A page of which nothing is kept. */
  checkedPage(offset: number): DecodedPage {
    return {
      offset: offset - (offset % PAGE_BYTES),
      operations: NOTHING_DECODED,
      immediates: NOTHING_DECODED,
      isChecked: true,
    };
  }

  /** Forgets decoded instructions in a range that is about to change or has changed. */
  invalidateCode(offset: number, length: number): void {
    if (length <= 0) return;
    const end = offset + length;
    for (let page = offset - (offset % PAGE_BYTES); page < end; page += PAGE_BYTES) {
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
