import type { Task } from "@cantrip/hosted";
import {
  checkedObject,
  type MemoryKernel,
  type RetypeRequest,
  type TakeOutcome,
} from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError } from "@cantrip/sel4-sys";
import { SlotAllocator } from "@cantrip/slot-allocator";

/** Slot of the own CNode in `cnode` of a path: the client CNodes have other numbers. */
export const OWN = 0;

interface Cap {
  readonly parent: Cap | undefined;
  /** log2 of the bytes, of untypeds that something may be made of. */
  readonly bits: number;
  watermark: number;
  children: number;
}

/** Untypeds as seL4 keeps them: a watermark that falls to 0 only when the last child is gone. */
export class FakeKernel implements MemoryKernel {
  readonly slots: SlotAllocator;
  /** Slots that name no CNode: whoever invokes one of them waits for ever. */
  readonly endpoints = new Set<number>();
  readonly #caps = new Map<string, Cap>();

  constructor(slots = 256) {
    this.slots = new SlotAllocator(100, 100 + slots);
  }

  /** Puts an untyped into an own slot, the first `used` bytes of which are in use for ever. */
  addUntyped(slot: number, bits: number, used = 0): void {
    const children = used > 0 ? 1 : 0;
    this.#caps.set(key(OWN, slot), { parent: undefined, bits, watermark: used, children });
  }

  /** Capabilities in a CNode. */
  countIn(cnode: number): number {
    return [...this.#caps.keys()].filter((name) => name.startsWith(`${cnode}:`)).length;
  }

  /** Puts something into a slot, so that nothing can be made there. */
  occupy(cnode: number, slot: number): void {
    this.#caps.set(key(cnode, slot), { parent: undefined, bits: 0, watermark: 0, children: 0 });
  }

  move(cnode: number, from: number, toCNode: number, to: number): void {
    const cap = this.#caps.get(key(cnode, from));
    if (cap === undefined) throw new Error("nothing to move");
    this.#caps.delete(key(cnode, from));
    this.#caps.set(key(toCNode, to), cap);
  }

  *retype(untyped: number, request: RetypeRequest): Task<void> {
    const { type, sizeBits, cnode = OWN, offset, count } = request;
    const parent = this.#caps.get(key(OWN, untyped));
    if (parent === undefined) throw refused("seL4_Untyped_Retype", ErrorCode.InvalidCapability);
    const isSized = sizeBits !== 0;
    const desc = { type, count: isSized ? sizeBits : count, cptr: offset };
    const { objectBits } = checkedObject(desc, cantrip);
    for (let slot = offset; slot < offset + count; slot++) {
      if (this.#caps.has(key(cnode, slot))) {
        throw refused("seL4_Untyped_Retype", ErrorCode.DeleteFirst);
      }
    }
    const size = 2 ** objectBits;
    const used = parent.children === 0 ? 0 : parent.watermark;
    const end = Math.ceil(used / size) * size + count * size;
    if (end > 2 ** parent.bits) throw refused("seL4_Untyped_Retype", ErrorCode.NotEnoughMemory);
    parent.watermark = end;
    parent.children += count;
    for (let slot = offset; slot < offset + count; slot++) {
      this.#caps.set(key(cnode, slot), { parent, bits: objectBits, watermark: 0, children: 0 });
    }
  }

  *deleteOwn(slot: number): Task<void> {
    this.#delete(OWN, slot);
  }

  *deleteIn(cnode: number, index: number, depth: number): Task<void> {
    if (this.endpoints.has(cnode)) throw new Error("the manager waits for ever");
    if (depth < 32 && index >= 2 ** depth) {
      throw refused("seL4_CNode_Delete", ErrorCode.FailedLookup);
    }
    this.#delete(cnode, index);
  }

  *takeOut(cnode: number, index: number, depth: number): Task<TakeOutcome> {
    if (this.endpoints.has(cnode)) return "no-cnode";
    if ((depth < 32 && index >= 2 ** depth) || !this.#caps.has(key(cnode, index))) return "empty";
    this.#delete(cnode, index);
    return "taken";
  }

  *isUnused(untyped: number): Task<boolean> {
    return this.#caps.get(key(OWN, untyped))?.children === 0;
  }

  allocSlots(count: number): number | undefined {
    return this.slots.alloc(count);
  }
  freeSlots(first: number, count: number): void {
    this.slots.free(first, count);
  }

  #delete(cnode: number, slot: number): void {
    const cap = this.#caps.get(key(cnode, slot));
    if (cap === undefined) return;
    if (cap.children > 0) throw new Error(`untyped in slot ${slot} is deleted while in use`);
    this.#caps.delete(key(cnode, slot));
    if (cap.parent !== undefined) cap.parent.children--;
  }
}

function key(cnode: number, slot: number): string {
  return `${cnode}:${slot}`;
}

function refused(invocation: string, code: ErrorCode): InvocationError {
  return new InvocationError(invocation, code, []);
}
