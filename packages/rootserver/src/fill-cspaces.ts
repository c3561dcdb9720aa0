import type { CNodeObject } from "@cantrip/capdl";
import type { Task } from "@cantrip/hosted";
import { CapRights, type CPath, guardWord, InitialCap } from "@cantrip/sel4-sys";
import { type Loader, mappingKey, type ObjectCap } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Fills all CNodes: first with copies, then with what can only be moved. */
export function* fillCSpaces(loader: Loader): Task<void> {
  yield* forEachCNode(loader, copyCaps);
  yield* forEachCNode(loader, moveCaps);
}

function* forEachCNode(
  loader: Loader,
  fill: (loader: Loader, cnode: CNodeObject, root: number) => Task<void>,
): Task<void> {
  for (const object of loader.objects) {
    if (object.kind !== "cnode") continue;
    loader.subject = object.name;
    yield* fill(loader, object, loader.origOf(object.name));
  }
}

function* copyCaps(loader: Loader, cnode: CNodeObject, root: number): Task<void> {
  const { cnode: invoke } = loader.sel4;
  for (const { slot, cap } of cnode.slots) {
    const destination: CPath = { root, index: slot, depth: cnode.sizeBits };
    switch (cap.kind) {
      case "irq_control":
        break;
      case "asid_control": {
        const source = loader.path(InitialCap.AsidControl);
        yield* invoke.mint(destination, source, CapRights.All, 0);
        break;
      }
      case "domain":
        yield* invoke.mint(destination, loader.path(InitialCap.Domain), CapRights.All, 0);
        break;
      case "sched_control": {
        const source = loader.path(loader.schedControlOf(cap.core));
        yield* invoke.mint(destination, source, CapRights.All, 0);
        break;
      }
      case "object":
        if (cap.mapping === undefined) yield* mintCap(loader, cap, destination);
        else yield* moveMapping(loader, cap, destination);
    }
  }
}

function* mintCap(loader: Loader, cap: ObjectCap, destination: CPath): Task<void> {
  const id = loader.idOf(cap.object);
  const object = loader.object(id);
  if (cap.reply !== undefined) {
    throw new RootserverError(`${cap.object}: reply capabilities to threads are not MCS`);
  }
  let data = 0;
  // Only these have rights: without any written, they have none.
  let rights: number = CapRights.All;
  switch (object.kind) {
    case "ep":
    case "notification":
      data = cap.badge ?? 0;
      rights = cap.rights ?? CapRights.None;
      break;
    case "frame":
      rights = cap.rights ?? CapRights.None;
      break;
    // Upstream's language has no rights on these.
    case "rtreply":
      rights = cap.rights ?? CapRights.All;
      break;
    case "cnode":
      data = guardWord(cap.guard ?? 0, cap.guardSize ?? 0);
      break;
    default:
  }
  const source = object.kind === "irq" ? irqSlot(loader, id) : loader.origOf(cap.object);
  yield* loader.sel4.cnode.mint(destination, loader.path(source), rights, data);
}

function irqSlot(loader: Loader, id: number): number {
  const irq = loader.irqs.find((candidate) => candidate.id === id);
  if (irq === undefined) throw new RootserverError(`${loader.object(id).name} has no interrupt`);
  return irq.slot;
}

/** Moves the very capability that a mapping was made with, so that its owner can unmap it. */
function* moveMapping(loader: Loader, cap: ObjectCap, destination: CPath): Task<void> {
  if (cap.mapping === undefined) return;
  const { container, slot } = cap.mapping;
  const key = mappingKey(loader.idOf(container), slot);
  const source = loader.mappings.get(key);
  if (source === undefined) {
    throw new RootserverError(`${cap.object} is not mapped in slot ${slot} of ${container}`);
  }
  yield* loader.sel4.cnode.move(destination, loader.path(source));
  loader.mappings.delete(key);
  const id = loader.idOf(cap.object);
  if (loader.orig[id] === source) loader.orig[id] = 0;
  if (loader.dup[id] === source) loader.dup[id] = 0;
  const older = loader.olderDups.indexOf(source);
  if (older >= 0) loader.olderDups.splice(older, 1);
}

function* moveCaps(loader: Loader, cnode: CNodeObject, root: number): Task<void> {
  for (const { slot, cap } of cnode.slots) {
    if (cap.kind !== "irq_control") continue;
    const destination: CPath = { root, index: slot, depth: cnode.sizeBits };
    yield* loader.sel4.cnode.move(destination, loader.path(InitialCap.IrqControl));
  }
}
