import type { SpecObject } from "@cantrip/capdl";
import type { Task } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { ErrorCode, InitialCap, InvocationError } from "@cantrip/sel4-sys";
import { createDeviceFrame } from "./device-memory.ts";
import type { Loader, UntypedState } from "./loader.ts";
import { type KernelObject, retypeAt } from "./retype-at.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Ordinary untypeds in the order of use: largest first, each used until an object does not fit any more. */
export class UntypedPool {
  readonly #untypeds: readonly UntypedState[];
  #current = 0;

  constructor(loader: Loader) {
    this.#untypeds = loader.untypeds
      .filter(({ isDevice, isTainted }) => !isDevice && !isTainted)
      .sort((a, b) => b.sizeBits - a.sizeBits || a.slot - b.slot);
  }

  /** Makes one object in the next free slot; returns the slot. @throws RootserverError out of memory */
  *retype(loader: Loader, { type, sizeBits, bits }: KernelObject): Task<number> {
    loader.requireSlots(1);
    for (; ; this.#current++) {
      const untyped = this.#untypeds[this.#current];
      if (untyped === undefined) {
        throw new RootserverError(`out of memory: no untyped has ${2 ** bits} bytes left`);
      }
      try {
        yield* retypeAt(loader, untyped, { type, sizeBits, bits }, loader.freeSlot);
        return loader.allocSlot();
      } catch (error) {
        const isFull = error instanceof InvocationError && error.code === ErrorCode.NotEnoughMemory;
        if (!isFull) throw error;
      }
    }
  }
}

/** Makes all objects, in the order of the specification, and ASID pools last. */
export function* createObjects(loader: Loader, pool: UntypedPool): Task<void> {
  for (let id = 0; id < loader.objects.length; id++) {
    const object = loader.object(id);
    loader.subject = object.name;
    if (object.kind === "irq") continue;
    if (object.kind === "cnode" && object.hasUntypedMemory) {
      if (loader.handOffCNode >= 0) {
        throw new RootserverError("a second CNode that is to receive the untyped memory");
      }
      loader.handOffCNode = id;
    }
    if (object.kind === "ut" && object.children.length > 0) {
      throw new RootserverError("objects at fixed places in an untyped are not supported");
    }
    // As in capDL's loaders, physical address 0 means none.
    const paddr = "paddr" in object ? (object.paddr ?? 0) : 0;
    const kernelObject = kernelObjectOf(object, loader.config);
    if (paddr === 0) loader.orig[id] = yield* pool.retype(loader, kernelObject);
    else if (object.kind === "frame") {
      yield* createDeviceFrame(loader, id, { ...kernelObject, paddr });
    } else throw new RootserverError("only frames can have a physical address");
  }
  yield* makeAsidPools(loader);
}

function kernelObjectOf(
  object: Exclude<SpecObject, { kind: "irq" }>,
  config: KernelConfig,
): KernelObject {
  const { objectType, sizeBits } = config;
  switch (object.kind) {
    case "ep":
      return { type: objectType.endpoint, sizeBits: 0, bits: sizeBits.endpoint };
    case "notification":
      return { type: objectType.notification, sizeBits: 0, bits: sizeBits.notification };
    case "tcb":
      return { type: objectType.tcb, sizeBits: 0, bits: sizeBits.tcb };
    case "cnode":
      return {
        type: objectType.capTable,
        sizeBits: object.sizeBits,
        bits: object.sizeBits + sizeBits.slot,
      };
    case "ut":
      return { type: objectType.untyped, sizeBits: object.sizeBits, bits: object.sizeBits };
    case "frame":
      if (object.sizeBits === sizeBits.page4K) {
        return { type: objectType.page4K, sizeBits: 0, bits: sizeBits.page4K };
      }
      if (object.sizeBits === sizeBits.megaPage) {
        return { type: objectType.megaPage, sizeBits: 0, bits: sizeBits.megaPage };
      }
      throw new RootserverError(`there are no frames of 2^${object.sizeBits} bytes`);
    case "pt":
      return { type: objectType.pageTable, sizeBits: 0, bits: sizeBits.pageTable };
    case "sc": {
      const bits = Math.max(object.sizeBits, sizeBits.minSchedContext);
      return { type: objectType.schedContext, sizeBits: bits, bits };
    }
    case "rtreply":
      return { type: objectType.reply, sizeBits: 0, bits: sizeBits.reply };
    // The pool is made from this untyped later.
    case "asid_pool":
      return { type: objectType.untyped, sizeBits: sizeBits.asidPool, bits: sizeBits.asidPool };
  }
}

/** Makes the ASID pools of their untypeds, in the order of their ASIDs; the untypeds become the duplicates. */
function* makeAsidPools(loader: Loader): Task<void> {
  const pools: { readonly id: number; readonly order: number }[] = [];
  loader.objects.forEach((object, id) => {
    if (object.kind === "asid_pool") pools.push({ id, order: object.asidHigh ?? Infinity });
  });
  pools.sort((a, b) => (a.order === b.order ? a.id - b.id : a.order - b.order));
  for (const { id } of pools) {
    loader.subject = loader.object(id).name;
    const untyped = loader.orig[id] ?? 0;
    const slot = loader.allocSlot();
    yield* loader.sel4.asidControl.makePool(InitialCap.AsidControl, untyped, loader.path(slot));
    loader.recordDup(id, untyped);
    loader.orig[id] = slot;
  }
}
