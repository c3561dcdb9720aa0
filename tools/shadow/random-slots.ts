import {
  type Cap,
  CapType,
  type CNode,
  type KernelState as Model,
  TcbSlot,
} from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import type { RandomSource } from "./random-source.ts";

/** The initial CNode is addressed with all bits. */
export const ROOT = InitialCap.InitThreadCNode;
export const DEPTH = 32;
/** First slot that nothing is in at boot, on any board, and how many are used. */
const FIRST_SLOT = 120;
const SLOTS = 200;
/** Where IPC buffers and other pages are mapped. */
export const PAGES = 0x20000;

/** A slot as invocations of CNodes name it. */
export interface Place {
  /** Slot of the CNode's capability. */
  readonly root: number;
  readonly index: number;
  readonly depth: number;
}

type CapOf<T extends CapType> = Extract<Cap, { readonly type: T }>;

/** Draws slots by what the model has in them: for the running thread, through the CNode that it has. */
export class RandomSlots {
  readonly model: Model;
  readonly random: RandomSource;

  constructor(model: Model, random: RandomSource) {
    this.model = model;
    this.random = random;
  }

  /** `null` when the running thread has none. */
  get rootCNode(): CNode | null {
    const cap = this.model.current.slots[TcbSlot.CTable]?.cap;
    return cap?.type === CapType.CNode ? cap.object : null;
  }

  capAt(slot: number): Cap | undefined {
    return this.rootCNode?.slots[slot]?.cap;
  }

  /** A slot that holds such a capability; now and then any other. */
  of<T extends CapType>(type: T, isSuch: (cap: CapOf<T>) => boolean = () => true): number {
    const { random } = this;
    if (random.onceIn(25)) return FIRST_SLOT + random.below(SLOTS);
    const found: number[] = [];
    // What the initial task itself lives on is left alone, nearly always.
    const first = type === CapType.SchedControl || random.onceIn(1000) ? 0 : FIRST_SLOT;
    const slots = this.rootCNode?.slots ?? [];
    for (let index = first; index < FIRST_SLOT + SLOTS; index++) {
      const cap = slots[index]?.cap;
      if (cap !== undefined && isOf(cap, type) && isSuch(cap)) found.push(index);
    }
    return found.length === 0 ? FIRST_SLOT : random.of(found);
  }

  /** One that is not empty, if there is one. */
  used(): number {
    const used: number[] = [];
    const slots = this.rootCNode?.slots ?? [];
    for (let index = FIRST_SLOT; index < FIRST_SLOT + SLOTS; index++) {
      const type = slots[index]?.cap.type ?? CapType.Null;
      if (type !== CapType.Null) used.push(index);
    }
    return used.length === 0 ? FIRST_SLOT : this.random.of(used);
  }

  /** First of some slots that are empty, if there are so many. */
  free(count = 1): number {
    const start = this.random.below(SLOTS - count);
    const slots = this.rootCNode?.slots;
    for (let step = 0; step < SLOTS; step++) {
      const slot = FIRST_SLOT + ((start + step) % (SLOTS - count));
      let isFree = true;
      for (let at = slot; at < slot + count; at++)
        if (slots?.[at]?.cap.type !== CapType.Null) isFree = false;
      if (isFree) return slot;
    }
    return FIRST_SLOT + start;
  }

  /** A slot of a smaller CNode, at times, else of the initial one: empty or not, as far as there are such. */
  place(isEmpty: boolean): Place {
    const { random } = this;
    if (!random.onceIn(5))
      return { root: ROOT, index: isEmpty ? this.free() : this.used(), depth: DEPTH };
    const root = this.of(CapType.CNode, ({ object }) => object.radix < 8);
    const cap = this.capAt(root);
    if (cap?.type !== CapType.CNode) return { root, index: random.below(8), depth: 3 };
    const { radix, slots } = cap.object;
    const found: number[] = [];
    for (const [index, { cap: held }] of slots.entries())
      if ((held.type === CapType.Null) === isEmpty) found.push(index);
    const index = found.length === 0 ? random.below(2 ** radix) : random.of(found);
    const depth = random.onceIn(20) ? random.below(34) : radix + cap.guardSize;
    return { root, index: index + cap.guard * 2 ** radix, depth };
  }

  /** A frame that is mapped, and where. */
  mappedPage(): { readonly slot: number; readonly vaddr: number } {
    const slot = this.of(CapType.Frame, ({ asid, vaddr }) => asid !== 0 && vaddr >= PAGES);
    const cap = this.capAt(slot);
    return { slot, vaddr: cap?.type === CapType.Frame ? cap.vaddr : PAGES };
  }

  /** The initial task's address space, or, at times, any page table. */
  vspace(): number {
    return this.random.onceIn(8)
      ? this.of(CapType.PageTable, ({ asid }) => this.random.onceIn(3) || asid !== 0)
      : InitialCap.InitThreadVSpace;
  }

  invoke(
    name: string,
    cptr: number,
    label: number,
    words: number[] = [],
    caps: number[] = [],
  ): Operation {
    return { name, syscall: this.model.config.syscall.call, cptr, label, words, caps };
  }
}

function isOf<T extends CapType>(cap: Cap, type: T): cap is CapOf<T> {
  return cap.type === type;
}
