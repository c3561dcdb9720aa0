import { type SpecObject, SpecRight, TcbSlotNumber } from "@cantrip/capdl";
import type { Task } from "@cantrip/hosted";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { type Loader, mappingKey, type ObjectCap, objectCapAt } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

/** The root page tables: those that some thread uses, in ascending order. */
export function vspaceRoots(loader: Loader): readonly number[] {
  const roots = new Set<number>();
  for (const object of loader.objects) {
    if (object.kind !== "tcb") continue;
    const cap = objectCapAt(object.slots, TcbSlotNumber.vspace);
    if (cap !== undefined) roots.add(loader.idOf(cap.object));
  }
  return [...roots].sort((a, b) => a - b);
}

/** Gives every root page table an ASID: of the pool that lists it, else of the initial thread's. */
export function* assignAsids(loader: Loader, roots: readonly number[]): Task<void> {
  const pools = new Map<number, number>();
  loader.objects.forEach((object, id) => {
    if (object.kind !== "asid_pool") return;
    for (const { cap } of object.slots) {
      if (cap.kind === "object") pools.set(loader.idOf(cap.object), loader.orig[id] ?? 0);
    }
  });
  for (const root of roots) {
    const { name } = loader.object(root);
    loader.subject = name;
    const pool = pools.get(root) ?? InitialCap.InitThreadAsidPool;
    yield* loader.sel4.asidPool.assign(pool, loader.origOf(name));
  }
}

/** Maps the tables and frames of every address space. */
export function* mapVSpaces(loader: Loader, roots: readonly number[]): Task<void> {
  const { sizeBits } = loader.config;
  const mapped = new Uint8Array(loader.objects.length);
  for (const root of roots) {
    const table = tableAt(loader, root);
    const vspace = loader.origOf(table.name);
    for (const { slot, cap } of table.slots) {
      if (cap.kind !== "object") continue;
      const address = slot * 2 ** sizeBits.megaPage;
      const id = loader.idOf(cap.object);
      if (loader.object(id).kind === "frame") {
        yield* mapFrame(loader, mapped, { vspace, address, cap, container: root, slot });
        continue;
      }
      const leaf = tableAt(loader, id);
      loader.subject = leaf.name;
      yield* loader.sel4.pageTable.map(loader.origOf(leaf.name), vspace, address);
      for (const entry of leaf.slots) {
        if (entry.cap.kind !== "object") continue;
        const page = address + entry.slot * 2 ** sizeBits.page4K;
        yield* mapFrame(loader, mapped, {
          vspace,
          address: page,
          cap: entry.cap,
          container: id,
          slot: entry.slot,
        });
      }
    }
  }
}

function tableAt(loader: Loader, id: number): SpecObject & { readonly kind: "pt" } {
  const object = loader.object(id);
  if (object.kind !== "pt") throw new RootserverError(`${object.name} is no page table`);
  return object;
}

/** Maps a frame. A capability holds one mapping, so the second mapping of a frame needs a duplicate. */
function* mapFrame(
  loader: Loader,
  mapped: Uint8Array,
  mapping: {
    readonly vspace: number;
    readonly address: number;
    readonly cap: ObjectCap;
    readonly container: number;
    readonly slot: number;
  },
): Task<void> {
  const { sel4 } = loader;
  const { cap, vspace, address } = mapping;
  const id = loader.idOf(cap.object);
  loader.subject = cap.object;
  let frame = loader.origOf(cap.object);
  if (mapped[id] === 1) {
    const slot = loader.allocSlot();
    yield* sel4.cnode.copy(loader.path(slot), loader.path(frame), CapRights.All);
    loader.recordDup(id, slot);
    frame = slot;
  }
  mapped[id] = 1;
  const specRights = cap.rights ?? CapRights.None;
  // There are no pages that can be written but not read.
  const canWrite = (specRights & SpecRight.write) !== 0;
  const rights = canWrite ? specRights | SpecRight.read : specRights;
  const executeNever = (specRights & SpecRight.grant) === 0;
  yield* sel4.page.map(frame, { vspace, address, rights, executeNever });
  loader.mappings.set(mappingKey(mapping.container, mapping.slot), frame);
}
