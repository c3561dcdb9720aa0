import type { Task } from "@cantrip/hosted";
import type { MemoryKernel, RetypeRequest, TakeOutcome } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError } from "@cantrip/sel4-sys";

/** An object, for the fake kernel: an untyped or anything else. */
interface Thing {
  readonly parent: Thing | undefined;
  readonly start: number;
  readonly bits: number;
  readonly isUntyped: boolean;
  /** Untypeds: bytes from their start that were retyped since they were last without children. */
  used: number;
  children: number;
}

/** Slots of a CNode. */
export type FakeCNode = Map<number, Thing>;

const { objectType, sizeBits } = cantrip;

function bitsOf(type: number, userBits: number): number {
  switch (type) {
    case objectType.untyped:
    case objectType.schedContext:
      return userBits;
    case objectType.capTable:
      return userBits + sizeBits.slot;
    case objectType.tcb:
      return sizeBits.tcb;
    case objectType.endpoint:
    case objectType.reply:
      return sizeBits.endpoint;
    case objectType.notification:
      return sizeBits.notification;
    case objectType.megaPage:
      return sizeBits.megaPage;
    default:
      return sizeBits.page4K;
  }
}

/** Untyped memory as seL4 keeps it: carved upwards, aligned, reusable only when no child is left. */
export class FakeMemory implements MemoryKernel {
  readonly own: FakeCNode = new Map();
  /** Clients' CNodes by the slot that names them. */
  readonly cnodes = new Map<number, FakeCNode>([[1000, new Map()]]);
  readonly #firstSlot = 100;
  readonly #slots: boolean[];
  /** Bytes that the kernel had to clear. */
  clearedBytes = 0;

  constructor(slots = 128) {
    this.#slots = Array.from({ length: slots }, () => false);
  }

  addUntyped(slot: number, bits: number, start: number, used = 0): void {
    const thing = { parent: undefined, start, bits, isUntyped: true, used, children: 0 };
    this.own.set(slot, thing);
    // A child from before.
    if (used > 0) thing.children = 1;
  }

  get usedSlots(): number {
    return this.#slots.filter((isUsed) => isUsed).length;
  }

  *retype(untyped: number, request: RetypeRequest): Task<void> {
    const parent = this.own.get(untyped);
    if (parent?.isUntyped !== true) throw refusal(ErrorCode.InvalidCapability);
    const cnode = request.cnode === undefined ? this.own : this.cnodes.get(request.cnode);
    if (cnode === undefined) throw refusal(ErrorCode.FailedLookup);
    for (let index = 0; index < request.count; index++) {
      if (cnode.has(request.offset + index)) throw refusal(ErrorCode.DeleteFirst);
    }
    const bits = bitsOf(request.type, request.sizeBits);
    const free = parent.children === 0 ? 0 : parent.used;
    const start = Math.ceil(free / 2 ** bits) * 2 ** bits;
    const end = start + request.count * 2 ** bits;
    if (end > 2 ** parent.bits || request.count > 256) throw refusal(ErrorCode.NotEnoughMemory);
    if (parent.children === 0) this.clearedBytes += parent.used;
    parent.used = end;
    parent.children += request.count;
    const isUntyped = request.type === objectType.untyped;
    for (let index = 0; index < request.count; index++) {
      cnode.set(request.offset + index, {
        parent,
        start: parent.start + start + index * 2 ** bits,
        bits,
        isUntyped,
        used: 0,
        children: 0,
      });
    }
  }

  *deleteOwn(slot: number): Task<void> {
    remove(this.own, slot);
  }
  *deleteIn(cnode: number, index: number): Task<void> {
    const slots = this.cnodes.get(cnode);
    if (slots === undefined || index < 0) throw refusal(ErrorCode.FailedLookup);
    remove(slots, index);
  }
  *takeOut(cnode: number, index: number): Task<TakeOutcome> {
    const slots = this.cnodes.get(cnode);
    if (slots === undefined) return "no-cnode";
    if (!slots.has(index)) return "empty";
    remove(slots, index);
    return "taken";
  }
  *isUnused(untyped: number): Task<boolean> {
    return this.own.get(untyped)?.children === 0;
  }

  allocSlots(count: number): number | undefined {
    for (let first = 0; first + count <= this.#slots.length; first++) {
      if (this.#slots.slice(first, first + count).some((isUsed) => isUsed)) continue;
      this.#slots.fill(true, first, first + count);
      return this.#firstSlot + first;
    }
    return undefined;
  }
  freeSlots(first: number, count: number): void {
    const start = first - this.#firstSlot;
    if (this.#slots.slice(start, start + count).some((isUsed) => !isUsed)) {
      throw new RangeError(`slot ${first} is free`);
    }
    for (let slot = first; slot < first + count; slot++) {
      if (this.own.has(slot)) throw new RangeError(`slot ${slot} is given back full`);
    }
    this.#slots.fill(false, start, start + count);
  }

  /** Throws when two objects of clients overlap or are not aligned. */
  checkObjects(): void {
    const things = [...this.cnodes.values()]
      .flatMap((cnode) => [...cnode.values()])
      .sort((a, b) => a.start - b.start);
    things.forEach((thing, index) => {
      if (thing.start % 2 ** thing.bits !== 0) throw new Error(`0x${thing.start} is not aligned`);
      const next = things[index + 1];
      if (next !== undefined && thing.start + 2 ** thing.bits > next.start) {
        throw new Error(`objects at ${thing.start} and ${next.start} overlap`);
      }
    });
  }
}

function remove(cnode: FakeCNode, slot: number): void {
  const thing = cnode.get(slot);
  if (thing === undefined) return;
  cnode.delete(slot);
  if (thing.children > 0) throw new Error("an untyped with children is deleted");
  if (thing.parent !== undefined) thing.parent.children--;
}

export function refusal(code: number): InvocationError {
  return new InvocationError("seL4_Untyped_Retype", code, []);
}
