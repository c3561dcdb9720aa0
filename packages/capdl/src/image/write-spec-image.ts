import {
  type FrameFill,
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

/**
 * The binary form of a specification, for a loader that reads it from memory. The same specification gives the same
 * bytes. Derivations, domain schedules and ASIDs of capabilities, which loaders ignore, are left out.
 *
 * @throws SpecImageError for a value above 32 bits, an unknown object name or a name outside Latin-1
 */
export function writeSpecImage(spec: Spec): Uint8Array {
  const image = new ImageWriter(spec);
  const { objects, irqs } = spec;
  const objectTable = image.reserve(objects.length * OBJECT_BYTES);
  const irqTable = image.reserve(irqs.length * IRQ_BYTES);
  objects.forEach((object, index) => {
    writeObject(image, objectTable + index * OBJECT_BYTES, object);
  });
  irqs.forEach(({ irq, object }, index) => {
    const at = irqTable + index * IRQ_BYTES;
    image.word(at, irq, "irq");
    image.word(at + 4, image.objectId(object), "irq object");
  });
  image.word(0, MAGIC, "magic");
  image.word(4, VERSION, "version");
  image.word(16, ARCHITECTURES.indexOf(spec.arch), "architecture");
  image.word(20, objects.length, "number of objects");
  image.word(24, irqs.length, "number of irqs");
  image.word(28, objectTable, "objects");
  image.word(32, irqTable, "irqs");
  return image.finish();
}

function writeObject(image: ImageWriter, at: number, object: SpecObject): void {
  image.byte(at, OBJECT_KINDS.indexOf(object.kind), "kind");
  image.byte(at + 1, "sizeBits" in object ? object.sizeBits : 0, `size of ${object.name}`);
  image.half(at + 2, objectFlags(object));
  image.text(at + 4, object.name);
  if ("slots" in object) writeSlots(image, at + 12, object.slots);
  objectWords(image, object).forEach((value, index) => {
    image.word(at + 20 + index * WORD_BYTES, value, object.name);
  });
}

function objectFlags(object: SpecObject): number {
  switch (object.kind) {
    case "cnode":
      return object.hasUntypedMemory ? ObjectFlag.HasUntypedMemory : 0;
    case "tcb":
      return (
        (object.resume === false ? 0 : ObjectFlag.Resume) |
        (object.resume === undefined ? 0 : ObjectFlag.HasResume) |
        (object.domain === undefined ? 0 : ObjectFlag.HasDomain) |
        (object.faultEp === undefined ? 0 : ObjectFlag.HasFaultEp) |
        (object.fpuDisabled === undefined ? 0 : ObjectFlag.HasFpuDisabled) |
        (object.fpuDisabled === true ? ObjectFlag.FpuDisabled : 0)
      );
    case "frame":
    case "ut":
      return object.paddr === undefined ? 0 : ObjectFlag.HasPaddr;
    case "asid_pool":
      return object.asidHigh === undefined ? 0 : ObjectFlag.HasAsidHigh;
    default:
      return 0;
  }
}

/** The words of an object's record that depend on its kind; lists they point to are written on the way. */
function objectWords(image: ImageWriter, object: SpecObject): readonly number[] {
  switch (object.kind) {
    case "tcb": {
      const init = image.words(object.init, `init of ${object.name}`);
      const { addr, ip, sp, prio, maxPrio, affinity, domain = 0 } = object;
      // Eight fields and two words of list do not fit: the priorities share a word.
      for (const value of [prio, maxPrio, affinity, domain])
        fit(value, 0xff, `priority, affinity or domain of ${object.name}`);
      const bytes = (prio | (maxPrio << 8) | (affinity << 16) | (domain << 24)) >>> 0;
      return [addr, ip, sp, bytes, object.faultEp ?? 0, init, object.init.length];
    }
    case "frame":
      return [object.paddr ?? 0, writeFills(image, object.fill), object.fill.length];
    case "ut": {
      const children = object.children.map((name) => image.objectId(name));
      return [object.paddr ?? 0, image.words(children, "children"), children.length];
    }
    case "sc": {
      const { periodUs, budgetUs, data } = object;
      return [...split(periodUs, object.name), ...split(budgetUs, object.name), data];
    }
    case "asid_pool":
      return [object.asidHigh ?? 0];
    default:
      return [];
  }
}

function writeFills(image: ImageWriter, fills: readonly FrameFill[]): number {
  const start = image.reserve(fills.length * FILL_BYTES);
  fills.forEach((fill, index) => {
    const at = start + index * FILL_BYTES;
    const isFile = fill.kind === "file";
    image.word(at, isFile ? FillKind.File : FillKind.BootInfo, "fill");
    image.word(at + 4, fill.destOffset, "destination of a fill");
    image.word(at + 8, fill.destLength, "length of a fill");
    image.text(at + 12, isFile ? fill.file : fill.id);
    image.word(at + 20, isFile ? fill.fileOffset : fill.sourceOffset, "source of a fill");
  });
  return start;
}

function writeSlots(image: ImageWriter, at: number, slots: readonly SpecSlot[]): void {
  const start = image.reserve(slots.length * SLOT_BYTES);
  image.word(at, start, "slots");
  image.word(at + 4, slots.length, "number of slots");
  slots.forEach(({ slot, cap }, index) => {
    const record = start + index * SLOT_BYTES;
    image.word(record, slot, "slot");
    writeCap(image, record + 4, cap);
  });
}

function writeCap(image: ImageWriter, at: number, cap: SpecCap): void {
  image.byte(at, CAP_KINDS.indexOf(cap.kind), "capability");
  if (cap.kind === "sched_control") {
    image.word(at + 8, cap.core, "core");
  } else if (cap.kind === "object") {
    if (cap.badge !== undefined && cap.guard !== undefined) {
      throw new SpecImageError(`capability to ${cap.object} with badge and guard`, 0);
    }
    image.byte(at + 1, cap.rights ?? 0, "rights");
    image.half(at + 2, slotFlags(cap));
    image.word(at + 4, image.objectId(cap.object), "object");
    image.word(at + 8, cap.badge ?? cap.guard ?? 0, `badge or guard of ${cap.object}`);
    image.word(at + 12, cap.guardSize ?? 0, "guard size");
    image.word(at + 16, cap.mapping === undefined ? 0 : image.objectId(cap.mapping.container), "");
    image.word(at + 20, cap.mapping?.slot ?? 0, "mapping slot");
  }
}

function slotFlags(cap: SpecCap & { readonly kind: "object" }): number {
  const caching = cap.cached === true ? SlotFlag.Cached : SlotFlag.Uncached;
  return (
    (cap.rights === undefined ? 0 : SlotFlag.Rights) |
    (cap.badge === undefined ? 0 : SlotFlag.Badge) |
    (cap.guard === undefined ? 0 : SlotFlag.Guard) |
    (cap.guardSize === undefined ? 0 : SlotFlag.GuardSize) |
    (cap.cached === undefined ? 0 : caching) |
    (cap.mapping === undefined ? 0 : SlotFlag.Mapping) |
    (cap.reply === "reply" ? SlotFlag.Reply : 0) |
    (cap.reply === "master_reply" ? SlotFlag.MasterReply : 0)
  );
}

/** Low and high word. */
function split(value: number, name: string): readonly [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new SpecImageError(`time of ${name} is no count of microseconds`, 0);
  }
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}

/** Grows an image and shares equal names. */
class ImageWriter {
  #view = new DataView(new ArrayBuffer(0x4000));
  #length = HEADER_BYTES;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #texts = new Map<string, number>();

  constructor(spec: Spec) {
    this.#ids = new Map(spec.objects.map((object, index) => [object.name, index]));
  }

  /** Room for `bytes`, aligned to a word; returns its offset. */
  reserve(bytes: number): number {
    const start = Math.ceil(this.#length / WORD_BYTES) * WORD_BYTES;
    this.#length = start + bytes;
    const capacity = this.#view.byteLength;
    if (this.#length > capacity) {
      const grown = new Uint8Array(Math.max(this.#length, capacity * 2));
      grown.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }

  byte(at: number, value: number, what: string): void {
    this.#view.setUint8(at, fit(value, 0xff, what));
  }

  half(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  word(at: number, value: number, what: string): void {
    this.#view.setUint32(at, fit(value, 0xffff_ffff, what), true);
  }

  /** A list of words; returns its offset. */
  words(values: readonly number[], what: string): number {
    const start = this.reserve(values.length * WORD_BYTES);
    values.forEach((value, index) => {
      this.word(start + index * WORD_BYTES, value, what);
    });
    return start;
  }

  /** A text, whose offset and length go to `at`. */
  text(at: number, text: string): void {
    let start = this.#texts.get(text);
    if (start === undefined) {
      start = this.reserve(text.length);
      for (let index = 0; index < text.length; index++) {
        this.byte(start + index, text.charCodeAt(index), `character in "${text}"`);
      }
      this.#texts.set(text, start);
    }
    this.word(at, start, "text");
    this.word(at + 4, text.length, "length of a text");
  }

  objectId(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined) throw new SpecImageError(`unknown object "${name}"`, 0);
    return id;
  }

  finish(): Uint8Array {
    const length = Math.ceil(this.#length / WORD_BYTES) * WORD_BYTES;
    this.reserve(0);
    const bytes = new Uint8Array(this.#view.buffer).slice(0, length);
    const view = new DataView(bytes.buffer);
    view.setUint32(8, length, true);
    view.setUint32(12, crc32(bytes.subarray(CRC_START)), true);
    return bytes;
  }
}

function fit(value: number, max: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new SpecImageError(`${what}: ${value} does not fit`, 0);
  }
  return value;
}
