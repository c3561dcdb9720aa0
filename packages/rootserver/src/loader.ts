import type { SpecCap, SpecObject } from "@cantrip/capdl";
import type { KernelConfig } from "@cantrip/sel4-config";
import { type BootInfo, type CPath, InitialCap, type SeL4 } from "@cantrip/sel4-sys";
import type { RootserverBirth } from "./birth.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Slots that stay free below the first object, as in the original, where they were the console's. */
const SLACK_SLOTS = 16;

/** A capability of a specification that names an object. */
export type ObjectCap = SpecCap & { readonly kind: "object" };

/** An untyped of the boot info. */
export interface UntypedState {
  readonly slot: number;
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
  readonly isTainted: boolean;
  /** Bytes that were retyped from its start: where the kernel's own free index is. */
  used: number;
}

/** An untyped of device memory below a frame that the specification wants. */
export interface DevicePiece {
  readonly slot: number;
  readonly paddr: number;
  readonly sizeBits: number;
}

/** An interrupt of the specification. */
export interface IrqState {
  readonly irq: number;
  /** Its `irq` object. */
  readonly id: number;
  /** Slot of the handler's capability; 0 until it exists. */
  slot: number;
}

/** Everything that the phases share: the specification, and where each object's capabilities are. */
export class Loader {
  readonly sel4: SeL4;
  readonly config: KernelConfig;
  readonly birth: RootserverBirth;
  readonly bootInfo: BootInfo;
  /** Virtual address of the boot info page. */
  readonly bootInfoAddress: number;
  readonly objects: readonly SpecObject[];
  readonly irqs: readonly IrqState[];
  readonly untypeds: readonly UntypedState[];
  /** Slot of each object's first capability; 0 when there is none, or when it was moved away. */
  readonly orig: Uint32Array;
  /** Slot of each object's last duplicate; 0 when there is none. */
  readonly dup: Uint32Array;
  /** Duplicates that a later one replaced in {@link dup}. */
  readonly olderDups: number[] = [];
  /** Slot of the frame capability behind each mapping: see {@link mappingKey}. */
  readonly mappings: Map<number, number> = new Map<number, number>();
  /** CNode that receives the untyped memory; -1 when there is none. */
  handOffCNode = -1;
  /** Frame that receives the boot info; -1 when there is none. */
  bootInfoFrame = -1;
  /** For reports: what is being done, and to which object. */
  phase = "";
  subject = "";
  readonly #ids = new Map<string, number>();
  readonly #pieces: DevicePiece[] = [];
  #endSlot: number;
  #freeSlot: number;

  constructor(
    sel4: SeL4,
    birth: RootserverBirth,
    boot: { readonly bootInfo: BootInfo; readonly bootInfoAddress: number },
    spec: {
      readonly objects: readonly SpecObject[];
      readonly irqs: readonly { readonly irq: number; readonly object: string }[];
    },
  ) {
    this.sel4 = sel4;
    this.config = sel4.config;
    this.birth = birth;
    const { bootInfo } = boot;
    this.bootInfo = bootInfo;
    this.bootInfoAddress = boot.bootInfoAddress;
    this.objects = spec.objects;
    this.#freeSlot = bootInfo.empty.start + SLACK_SLOTS;
    this.#endSlot = bootInfo.empty.end;
    this.orig = new Uint32Array(spec.objects.length);
    this.dup = new Uint32Array(spec.objects.length);
    for (let id = 0; id < spec.objects.length; id++) {
      const name = this.object(id).name;
      if (this.#ids.has(name)) throw new RootserverError(`two objects are called ${name}`);
      this.#ids.set(name, id);
    }
    this.irqs = spec.irqs.map(({ irq, object }) => ({ irq, id: this.idOf(object), slot: 0 }));
    this.untypeds = bootInfo.untypedList.map((desc, index) => ({
      slot: bootInfo.untyped.start + index,
      paddr: desc.paddr,
      sizeBits: desc.sizeBits,
      isDevice: desc.isDevice,
      isTainted: desc.isTainted,
      used: 0,
    }));
  }

  /** The next slot to be used. */
  get freeSlot(): number {
    return this.#freeSlot;
  }
  /** Slots between the first empty one and the next to be used. */
  get usedSlots(): number {
    return this.#freeSlot - this.bootInfo.empty.start;
  }

  /** Takes the next slot. @throws RootserverError when the root CNode is full */
  allocSlot(): number {
    this.requireSlots(1);
    return this.#freeSlot++;
  }

  /** Untypeds of device memory that no frame was made of, in the order in which they were made. */
  get pieces(): readonly DevicePiece[] {
    return this.#pieces;
  }

  /**
   * Takes the last slot, for an untyped of device memory. The others stay as they are without.
   *
   * @throws RootserverError when the root CNode is full
   */
  addPiece(piece: Omit<DevicePiece, "slot">): number {
    this.requireSlots(1);
    const slot = --this.#endSlot;
    this.#pieces.push({ ...piece, slot });
    return slot;
  }

  /** Demands that so many slots are left, for temporary use behind {@link freeSlot}. */
  requireSlots(count: number): void {
    if (this.#freeSlot + count <= this.#endSlot) return;
    const { empty } = this.bootInfo;
    throw new RootserverError(`all ${empty.end - empty.start} slots of the root CNode are in use`);
  }

  /** A slot of the root CNode as a path. */
  path(slot: number): CPath {
    return { root: InitialCap.InitThreadCNode, index: slot, depth: this.config.wordBits };
  }

  object(id: number): SpecObject {
    const object = this.objects[id];
    if (object === undefined) throw new RootserverError(`no object ${id}`);
    return object;
  }

  idOf(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined) throw new RootserverError(`no object is called ${name}`);
    return id;
  }

  /** First capability of the object with that name. @throws RootserverError when it has none */
  origOf(name: string): number {
    const slot = this.orig[this.idOf(name)] ?? 0;
    if (slot === 0) throw new RootserverError(`${name} has no capability`);
    return slot;
  }

  /** Remembers a duplicate of an object's capability, so that the hand-off finds it. */
  recordDup(id: number, slot: number): void {
    const older = this.dup[id] ?? 0;
    if (older !== 0) this.olderDups.push(older);
    this.dup[id] = slot;
  }

  /** `schedcontrol` capability of a core. */
  schedControlOf(core: number): number {
    const { start, end } = this.bootInfo.schedcontrol;
    if (core >= end - start) throw new RootserverError(`no scheduling control for core ${core}`);
    return start + core;
  }
}

/** Key of a mapping: slot `slot` of page table object `container`. Tables have at most 1024 slots. */
export function mappingKey(container: number, slot: number): number {
  return container * 1024 + slot;
}

/** The object capability in a slot of a container, if there is one. */
export function objectCapAt(
  slots: readonly { readonly slot: number; readonly cap: SpecCap }[],
  slot: number,
): ObjectCap | undefined {
  for (const entry of slots) {
    if (entry.slot === slot) return entry.cap.kind === "object" ? entry.cap : undefined;
  }
  return undefined;
}
