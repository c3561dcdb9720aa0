import { mapTask, type Task } from "@cantrip/hosted";
import {
  type BootInfo,
  type CPath,
  ErrorCode,
  InitialCap,
  InvocationError,
  type SeL4,
} from "@cantrip/sel4-sys";
import { RootserverError } from "./rootserver-birth.ts";

/** Slots that are kept for temporary objects at the start of the empty region. */
const SLACK_SLOTS = 16;
/** Temporary slots, from the start of the empty region. */
const FIRST_FILLER = 1;
const NEXT_FILLER = 2;

/** Root CNode of the initial task: slots resolve at full depth. */
export function rootPath(index: number): CPath {
  return { root: InitialCap.InitThreadCNode, index, depth: 32 };
}

/** Hands out slots of the root CNode, and objects made of the untyped memory. */
export class UntypedPool {
  readonly #sel4: SeL4;
  readonly #bootInfo: BootInfo;
  /** Slots of normal untypeds that no part of the root server lives in, largest first. */
  readonly #candidates: readonly number[];
  #current = 0;
  #nextSlot: number;

  constructor(sel4: SeL4, bootInfo: BootInfo) {
    this.#sel4 = sel4;
    this.#bootInfo = bootInfo;
    this.#nextSlot = bootInfo.empty.start + SLACK_SLOTS;
    this.#candidates = bootInfo.untypedList
      .map((desc, index) => ({ ...desc, slot: bootInfo.untyped.start + index }))
      .filter(({ isDevice, isTainted }) => !isDevice && !isTainted)
      .sort((a, b) => b.sizeBits - a.sizeBits || a.slot - b.slot)
      .map(({ slot }) => slot);
  }

  /** Slots handed out, from the start of the empty region. */
  get usedSlots(): number {
    return this.#nextSlot - this.#bootInfo.empty.start;
  }
  get nextSlot(): number {
    return this.#nextSlot;
  }
  /** Highest slot of an untyped that was used. */
  get currentUntyped(): number {
    return this.#candidates[this.#current] ?? 0;
  }

  newSlot(): number {
    if (this.#nextSlot >= this.#bootInfo.empty.end) {
      throw new RootserverError(`the root CNode is full: ${this.#bootInfo.empty.end} slots`);
    }
    return this.#nextSlot++;
  }

  /** Makes an object of normal memory. Returns its slot. */
  *create(type: number, sizeBits: number): Task<number> {
    const slot = this.newSlot();
    for (;;) {
      const untyped = this.#candidates[this.#current];
      if (untyped === undefined)
        throw new RootserverError("out of memory: no untyped has room for the next object");
      const exception = yield* this.#tryRetype(untyped, type, sizeBits, slot);
      if (exception === undefined) return slot;
      if (exception.code !== ErrorCode.NotEnoughMemory) throw exception;
      this.#current++;
    }
  }

  *#tryRetype(
    untyped: number,
    type: number,
    sizeBits: number,
    slot: number,
  ): Task<InvocationError | undefined> {
    try {
      yield* this.#sel4.untyped.retype(untyped, {
        type,
        sizeBits,
        root: InitialCap.InitThreadCNode,
        nodeIndex: 0,
        nodeDepth: 0,
        nodeOffset: slot,
        count: 1,
      });
      return undefined;
    } catch (error) {
      if (error instanceof InvocationError) return error;
      throw error;
    }
  }

  /** Makes a frame at a physical address of a device. Returns its slot. */
  *createDeviceFrame(type: number, frameBits: number, paddr: number): Task<number> {
    const index = this.#bootInfo.untypedList.findIndex(
      (desc) =>
        desc.isDevice &&
        paddr >= desc.paddr &&
        paddr + 2 ** frameBits <= desc.paddr + 2 ** desc.sizeBits,
    );
    if (index < 0) throw new RootserverError(`no device memory at 0x${paddr.toString(16)}`);
    const untyped = this.#bootInfo.untyped.start + index;
    const slot = this.newSlot();
    const { empty } = this.#bootInfo;
    const fillers: number[] = [];
    for (;;) {
      const exception = yield* this.#tryRetype(untyped, type, 0, slot);
      if (exception !== undefined)
        throw new RootserverError(`device memory at 0x${paddr.toString(16)} is used up`, {
          cause: exception,
        });
      const address = yield* this.#sel4.page.getAddress(slot);
      if (address === paddr) break;
      if (address > paddr)
        throw new RootserverError(`device memory at 0x${paddr.toString(16)} was passed already`);
      // The first wrong frame stays, so that the untyped does not start over.
      const filler = empty.start + (fillers.length === 0 ? FIRST_FILLER : NEXT_FILLER);
      if (fillers.length < 2) fillers.push(filler);
      else yield* this.#sel4.cnode.delete(rootPath(filler));
      yield* this.#sel4.cnode.move(rootPath(filler), rootPath(slot));
    }
    yield* mapTask(fillers, (filler) => this.#sel4.cnode.delete(rootPath(filler)));
    return slot;
  }
}
