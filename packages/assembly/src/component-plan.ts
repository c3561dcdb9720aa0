import {
  type CNodeObject,
  type FrameFill,
  type FrameObject,
  type PageTableObject,
  type SpecCap,
  type SpecObject,
  SpecRight,
  type SpecSlot,
} from "@cantrip/capdl";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { ComponentType } from "./description.ts";

/** Bytes of a page. */
export const PAGE_BYTES = 4096;
/** Bytes that one leaf page table covers: a mega page. */
const MEGA_BYTES = 4 * 1024 * 1024;
/** Bytes of an instance cell. */
export const CELL_BYTES = 8;
/** Where component images are linked. */
export const IMAGE_BASE = 0x10000;
/** Component images end before this address; what else a component has comes behind its image. */
export const IMAGE_LIMIT = 0x1000000;

/** Slots that CantripOS's templates leave free in the CSpace of whoever receives the untyped memory. */
const UNTYPED_HEADROOM = 80;

const READ_WRITE = SpecRight.read | SpecRight.write;
/** Shared pages are mapped with all rights, as CantripOS's templates do. */
export const READ_WRITE_EXECUTE: number = READ_WRITE | SpecRight.grant;
/** Rights of a page of code. */
export const READ_EXECUTE: number = SpecRight.read | SpecRight.grant;
/** Rights of a page of data. */
export const READ_WRITE_DATA: number = READ_WRITE;

/** A thread of a component. */
export interface ThreadPlan {
  /** `control` or the interface that the thread serves. */
  readonly name: string;
  readonly tcbSlot: number;
  readonly ipcBuffer: number;
  readonly ipcFrame: string;
  readonly stackTop: number;
  /** Where the thread starts: its stub, or the entry point of machine code. */
  readonly entry: number;
}

/** Builds the CSpace and the VSpace of one component instance. */
export class ComponentPlan {
  readonly name: string;
  readonly type: ComponentType;
  readonly objects: SpecObject[] = [];
  readonly threads: ThreadPlan[] = [];
  readonly #kernel: KernelConfig;
  readonly #slots: SpecSlot[] = [];
  /** Leaf tables by index in the root table. */
  readonly #tables = new Map<number, { readonly name: string; readonly slots: SpecSlot[] }>();
  readonly #megaPages: SpecSlot[] = [];
  #nextSlot = 1;
  #nextAddress = IMAGE_BASE;
  #imageFrames = 0;

  constructor(name: string, type: ComponentType, kernel: KernelConfig) {
    this.name = name;
    this.type = type;
    this.#kernel = kernel;
  }

  get cnode(): string {
    return `${this.name}_cnode`;
  }
  get vspace(): string {
    return `${this.name}_group_bin_pd`;
  }
  /** Name of the component's file in the archive. */
  get file(): string {
    return `${this.name}_group_bin`;
  }
  /** First slot that the component may use for itself. */
  get firstFreeSlot(): number {
    return this.#nextSlot;
  }

  /** Puts a capability into the next slot of the component's CSpace. */
  addCap(cap: SpecCap): number {
    const slot = this.#nextSlot++;
    this.#slots.push({ slot, cap });
    return slot;
  }

  addObject(object: SpecObject): string {
    this.objects.push(object);
    return object.name;
  }

  /** Leaves pages unmapped up to an address, a multiple of 4096. */
  skipTo(address: number): void {
    while (this.#nextAddress < address) this.skipPage();
  }

  /** Leaves an unmapped page. */
  skipPage(): number {
    const address = this.#nextAddress;
    this.#nextAddress += PAGE_BYTES;
    this.#tableFor(address);
    return address;
  }

  /** Maps one page of the component's image at the next address; fills it from the component's file when asked. */
  addImagePage(rights: number, fill: readonly FrameFill[]): number {
    const number = String(this.#imageFrames++).padStart(4, "0");
    const frame: FrameObject = {
      kind: "frame",
      name: `frame_${this.file}_${number}`,
      sizeBits: 12,
      fill,
    };
    this.addObject(frame);
    return this.mapPage(frame.name, rights);
  }

  /** Maps an existing page frame at the next address. */
  mapPage(frame: string, rights: number, cached = true): number {
    const address = this.#nextAddress;
    this.#nextAddress += PAGE_BYTES;
    this.#tableFor(address).slots.push({
      slot: (address / PAGE_BYTES) % 1024,
      cap: { kind: "object", object: frame, rights, ...(cached ? {} : { cached }) },
    });
    return address;
  }

  /** Container and slot of the mapping of a page: what `mapping:` names. */
  mappingOf(address: number): { readonly container: string; readonly slot: number } {
    return { container: this.#tableFor(address).name, slot: (address / PAGE_BYTES) % 1024 };
  }

  /** Maps mega pages at the next address that is aligned for them. */
  mapMegaPages(
    frames: readonly string[],
    rights: number,
  ): { readonly address: number; readonly slots: number[] } {
    let index = Math.ceil(this.#nextAddress / MEGA_BYTES);
    const address = index * MEGA_BYTES;
    const slots: number[] = [];
    for (const frame of frames) {
      this.#megaPages.push({
        slot: index,
        cap: { kind: "object", object: frame, rights, cached: false },
      });
      slots.push(index++);
    }
    this.#nextAddress = index * MEGA_BYTES;
    return { address, slots };
  }

  /** Zeroed pages with an unmapped page on either side. Returns the first mapped address. */
  addGuardedPages(frameNames: readonly string[]): number {
    this.skipPage();
    let first: number | undefined;
    for (const name of frameNames) {
      this.addObject({ kind: "frame", name, sizeBits: 12, fill: [] });
      const address = this.mapPage(name, READ_WRITE_DATA);
      first ??= address;
    }
    this.skipPage();
    return first ?? 0;
  }

  /** Size of the CSpace, now that all capabilities are in it. */
  get cnodeSizeBits(): number {
    const { cnodeSizeBits, cnodeHeadroom = 0, untypedMemory = false } = this.type;
    if (cnodeSizeBits !== undefined) return cnodeSizeBits;
    const headroom = cnodeHeadroom + (untypedMemory ? UNTYPED_HEADROOM : 0);
    return bitLength(this.#nextSlot + headroom);
  }

  /** Guard that makes every slot resolve at full depth. */
  get cnodeCap(): SpecCap {
    return {
      kind: "object",
      object: this.cnode,
      guard: 0,
      guardSize: this.#kernel.wordBits - this.cnodeSizeBits,
    };
  }

  /** The component's CNode and page tables. */
  finish(): readonly SpecObject[] {
    const cnode: CNodeObject = {
      kind: "cnode",
      name: this.cnode,
      sizeBits: this.cnodeSizeBits,
      hasUntypedMemory: this.type.untypedMemory === true,
      // Slot 1 was reserved before the size was known.
      slots: this.#slots.map(({ slot, cap }) => ({ slot, cap: slot === 1 ? this.cnodeCap : cap })),
    };
    const leaves: PageTableObject[] = [...this.#tables.values()].map(({ name, slots }) => ({
      kind: "pt",
      name,
      slots,
    }));
    const root: PageTableObject = {
      kind: "pt",
      name: this.vspace,
      slots: [
        ...[...this.#tables].map(([slot, { name }]): SpecSlot => ({
          slot,
          cap: { kind: "object", object: name },
        })),
        ...this.#megaPages,
      ],
    };
    return [...this.objects, cnode, ...leaves, root];
  }

  #tableFor(address: number): { readonly name: string; readonly slots: SpecSlot[] } {
    const index = Math.floor(address / MEGA_BYTES);
    let table = this.#tables.get(index);
    if (table === undefined) {
      const number = String(this.#tables.size).padStart(4, "0");
      table = { name: `pt_${this.file}_${number}`, slots: [] };
      this.#tables.set(index, table);
    }
    return table;
  }
}

/** CAmkES's name of a thread: `inst_0_control`, `inst_iface_0000`. */
export function camkesThreadName(instance: string, thread: string): string {
  return thread === "control" ? `${instance}_0_control` : `${instance}_${thread}_0000`;
}

/** Bits needed to write a number: 0 for 0, 3 for 4..7. */
function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
