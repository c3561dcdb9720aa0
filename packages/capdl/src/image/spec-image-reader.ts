import {
  type FrameFill,
  type IrqBinding,
  type Spec,
  type SpecCap,
  type SpecObject,
  type SpecSlot,
} from "../spec.ts";
import { crc32 } from "./crc32.ts";
import {
  ARCHITECTURES,
  CAP_KINDS,
  CRC_START,
  FILL_BYTES,
  FillKind,
  HEADER_BYTES,
  IRQ_BYTES,
  MAGIC,
  OBJECT_BYTES,
  OBJECT_KINDS,
  ObjectFlag,
  SLOT_BYTES,
  SlotFlag,
  VERSION,
  WORD_BYTES,
} from "./layout.ts";
import { SpecImageError } from "./spec-image-error.ts";

/** Where an image is read from, for instance pages of the caller's address space. */
export interface SpecImageSource {
  /** Bytes that may be read; the image may be shorter. */
  readonly length: number;
  /** `length` bytes at `offset`; only called within the source. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes read at a time for the CRC. */
const CHUNK_BYTES = 4096;

/**
 * Reads a specification out of its binary form, an object at a time.
 *
 * The constructor compares the CRC, so that altered bytes are noticed before anything is made of them; and since a CRC
 * can be right by intention, every count, offset and number is checked as well. Everything throws {@link SpecImageError}.
 */
export class SpecImageReader {
  readonly arch: Spec["arch"];
  readonly objectCount: number;
  readonly irqCount: number;
  /** Bytes of the image. */
  readonly length: number;
  readonly #source: SpecImageSource;
  readonly #objects: number;
  readonly #irqs: number;
  readonly #names: string[] = [];

  /** @throws SpecImageError for anything but a whole, unaltered image at the start of `source` */
  constructor(source: Uint8Array | SpecImageSource) {
    this.#source =
      source instanceof Uint8Array
        ? {
            length: source.length,
            read: (offset, length) => source.subarray(offset, offset + length),
          }
        : source;
    if (this.#source.length < HEADER_BYTES) throw new SpecImageError("no header", 0);
    const header = viewOf(this.#source.read(0, HEADER_BYTES));
    if (header.getUint32(0, true) !== MAGIC) throw new SpecImageError("bad magic number", 0);
    const version = header.getUint32(4, true);
    if (version !== VERSION) throw new SpecImageError(`version ${version}`, 4);
    this.length = header.getUint32(8, true);
    if (this.length < HEADER_BYTES || this.length > this.#source.length) {
      throw new SpecImageError(
        `length of ${this.length} bytes, ${this.#source.length} are there`,
        8,
      );
    }
    this.#checkCrc(header.getUint32(12, true));
    const arch = ARCHITECTURES[header.getUint32(16, true)];
    if (arch === undefined) throw new SpecImageError("unknown architecture", 16);
    this.arch = arch;
    this.objectCount = header.getUint32(20, true);
    this.irqCount = header.getUint32(24, true);
    this.#objects = this.#checkRange(
      header.getUint32(28, true),
      this.objectCount * OBJECT_BYTES,
      28,
    );
    this.#irqs = this.#checkRange(header.getUint32(32, true), this.irqCount * IRQ_BYTES, 32);
    // Names first: objects name each other.
    for (let id = 0; id < this.objectCount; id++) {
      const at = this.#objects + id * OBJECT_BYTES;
      this.#names.push(this.#text(this.#read(at, OBJECT_BYTES), 4, at));
    }
  }

  /** Name of object `id`. */
  objectName(id: number): string {
    return this.#name(id, this.#objects);
  }

  /** Object `id`, 0 to {@link objectCount} - 1, with all of its slots. */
  object(id: number): SpecObject {
    const name = this.objectName(id);
    const at = this.#objects + id * OBJECT_BYTES;
    const record = this.#read(at, OBJECT_BYTES);
    const kind = OBJECT_KINDS[record.getUint8(0)];
    if (kind === undefined) throw new SpecImageError(`unknown kind of object ${name}`, at);
    const sizeBits = record.getUint8(1);
    const flags = record.getUint16(2, true);
    const word = (index: number): number => record.getUint32(20 + index * WORD_BYTES, true);
    // Sizes beyond the address space would overflow their users' shifts.
    if (sizeBits > 31) throw new SpecImageError(`size of 2^${sizeBits} bytes`, at + 1);
    switch (kind) {
      case "ep":
      case "notification":
      case "rtreply":
        return { kind, name };
      case "pt":
      case "irq":
        return { kind, name, slots: this.#slots(record, at) };
      case "cnode": {
        const hasUntypedMemory = (flags & ObjectFlag.HasUntypedMemory) !== 0;
        return { kind, name, sizeBits, hasUntypedMemory, slots: this.#slots(record, at) };
      }
      case "asid_pool":
        return {
          kind,
          name,
          slots: this.#slots(record, at),
          ...((flags & ObjectFlag.HasAsidHigh) === 0 ? {} : { asidHigh: word(0) }),
        };
      case "frame":
        return {
          kind,
          name,
          sizeBits,
          fill: this.#fills(word(1), word(2), at),
          ...((flags & ObjectFlag.HasPaddr) === 0 ? {} : { paddr: word(0) }),
        };
      case "ut":
        return {
          kind,
          name,
          sizeBits,
          children: this.#words(word(1), word(2), at).map((child) => this.#name(child, at)),
          ...((flags & ObjectFlag.HasPaddr) === 0 ? {} : { paddr: word(0) }),
        };
      case "sc":
        return {
          kind,
          name,
          sizeBits,
          periodUs: join(word(0), word(1), at),
          budgetUs: join(word(2), word(3), at),
          data: word(4),
        };
      case "tcb":
        return {
          kind,
          name,
          slots: this.#slots(record, at),
          addr: word(0),
          ip: word(1),
          sp: word(2),
          prio: word(3) & 0xff,
          maxPrio: (word(3) >>> 8) & 0xff,
          affinity: (word(3) >>> 16) & 0xff,
          ...((flags & ObjectFlag.HasResume) === 0
            ? {}
            : { resume: (flags & ObjectFlag.Resume) !== 0 }),
          init: this.#words(word(5), word(6), at),
          ...((flags & ObjectFlag.HasDomain) === 0 ? {} : { domain: word(3) >>> 24 }),
          ...((flags & ObjectFlag.HasFaultEp) === 0 ? {} : { faultEp: word(4) }),
          ...((flags & ObjectFlag.HasFpuDisabled) === 0
            ? {}
            : { fpuDisabled: (flags & ObjectFlag.FpuDisabled) !== 0 }),
        };
    }
  }

  /** Binding `index`, 0 to {@link irqCount} - 1. */
  irq(index: number): IrqBinding {
    if (!(index >= 0 && index < this.irqCount))
      throw new SpecImageError(`no irq ${index}`, this.#irqs);
    const at = this.#irqs + index * IRQ_BYTES;
    const record = this.#read(at, IRQ_BYTES);
    return {
      irq: record.getUint32(0, true),
      object: this.#name(record.getUint32(4, true), at + 4),
    };
  }

  /** The whole specification. */
  spec(): Spec {
    const objects = Array.from({ length: this.objectCount }, (_, id) => this.object(id));
    const irqs = Array.from({ length: this.irqCount }, (_, index) => this.irq(index));
    return { arch: this.arch, objects, irqs };
  }

  #slots(record: DataView, at: number): readonly SpecSlot[] {
    const start = record.getUint32(12, true);
    const count = record.getUint32(16, true);
    this.#checkRange(start, count * SLOT_BYTES, at + 12);
    const bytes = this.#read(start, count * SLOT_BYTES);
    return Array.from({ length: count }, (_, index) => {
      const offset = index * SLOT_BYTES;
      const slot = bytes.getUint32(offset, true);
      return { slot, cap: this.#cap(bytes, offset + 4, start + offset + 4) };
    });
  }

  #cap(bytes: DataView, offset: number, at: number): SpecCap {
    const kind = CAP_KINDS[bytes.getUint8(offset)];
    const data = bytes.getUint32(offset + 8, true);
    switch (kind) {
      case undefined:
        throw new SpecImageError("unknown kind of capability", at);
      case "irq_control":
      case "asid_control":
      case "domain":
        return { kind };
      case "sched_control":
        return { kind, core: data };
      case "object":
    }
    const rights = bytes.getUint8(offset + 1);
    const flags = bytes.getUint16(offset + 2, true);
    const has = (flag: number): boolean => (flags & flag) !== 0;
    if (rights > 0xf) throw new SpecImageError(`rights ${rights}`, at + 1);
    return {
      kind,
      object: this.#name(bytes.getUint32(offset + 4, true), at + 4),
      ...(has(SlotFlag.Rights) ? { rights } : {}),
      ...(has(SlotFlag.Badge) ? { badge: data } : {}),
      ...(has(SlotFlag.Guard) ? { guard: data } : {}),
      ...(has(SlotFlag.GuardSize) ? { guardSize: this.#guardSize(bytes, offset, at) } : {}),
      ...(has(SlotFlag.Cached) ? { cached: true } : {}),
      ...(has(SlotFlag.Uncached) ? { cached: false } : {}),
      ...(has(SlotFlag.Mapping)
        ? {
            mapping: {
              container: this.#name(bytes.getUint32(offset + 16, true), at + 16),
              slot: bytes.getUint32(offset + 20, true),
            },
          }
        : {}),
      ...(has(SlotFlag.Reply) ? { reply: "reply" as const } : {}),
      ...(has(SlotFlag.MasterReply) ? { reply: "master_reply" as const } : {}),
    };
  }

  #guardSize(bytes: DataView, offset: number, at: number): number {
    const size = bytes.getUint32(offset + 12, true);
    if (size > 64) throw new SpecImageError(`guard of ${size} bits`, at + 12);
    return size;
  }

  #fills(start: number, count: number, at: number): readonly FrameFill[] {
    this.#checkRange(start, count * FILL_BYTES, at);
    return Array.from({ length: count }, (_, index): FrameFill => {
      const offset = start + index * FILL_BYTES;
      const record = this.#read(offset, FILL_BYTES);
      const kind = record.getUint32(0, true);
      const destOffset = record.getUint32(4, true);
      const destLength = record.getUint32(8, true);
      const text = this.#text(record, 12, offset);
      const source = record.getUint32(20, true);
      if (kind === FillKind.File) {
        return { kind: "file", destOffset, destLength, file: text, fileOffset: source };
      }
      if (kind !== FillKind.BootInfo) throw new SpecImageError("unknown kind of fill", offset);
      return { kind: "bootinfo", destOffset, destLength, id: text, sourceOffset: source };
    });
  }

  #words(start: number, count: number, at: number): readonly number[] {
    this.#checkRange(start, count * WORD_BYTES, at);
    const bytes = this.#read(start, count * WORD_BYTES);
    return Array.from({ length: count }, (_, index) => bytes.getUint32(index * WORD_BYTES, true));
  }

  /** The text whose offset and length are at `field` of a record at `at`. */
  #text(record: DataView, field: number, at: number): string {
    const start = record.getUint32(field, true);
    const length = record.getUint32(field + 4, true);
    this.#checkRange(start, length, at + field);
    // Longer names are damage, and would make reading all names slow.
    if (length > 1024) throw new SpecImageError(`text of ${length} bytes`, at + field);
    let text = "";
    for (const byte of this.#source.read(start, length)) text += String.fromCharCode(byte);
    return text;
  }

  #name(id: number, at: number): string {
    const name = this.#names[id];
    if (name === undefined) throw new SpecImageError(`no object ${id}`, at);
    return name;
  }

  #read(offset: number, length: number): DataView {
    return viewOf(this.#source.read(offset, length));
  }

  /** Demands that a table is in the image, behind the header; returns its offset. */
  #checkRange(start: number, bytes: number, at: number): number {
    if (start < HEADER_BYTES || start > this.length || bytes > this.length - start) {
      throw new SpecImageError(`${bytes} bytes at ${start} are outside the image`, at);
    }
    return start;
  }

  #checkCrc(expected: number): void {
    let actual = 0;
    for (let offset = CRC_START; offset < this.length; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, this.length - offset);
      actual = crc32(this.#source.read(offset, length), actual);
    }
    if (actual !== expected) {
      throw new SpecImageError(
        `CRC 0x${actual.toString(16)}, expected 0x${expected.toString(16)}: the image was altered`,
        12,
      );
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function join(low: number, high: number, at: number): number {
  const value = low + high * 2 ** 32;
  if (!Number.isSafeInteger(value)) throw new SpecImageError("time above 2^53-1", at);
  return value;
}
