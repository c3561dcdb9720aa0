import { type CapdlCap, type CapdlObject, type CapdlTcb } from "../model.ts";
import { SpecRight, TcbSlotNumber } from "../spec.ts";
import { type SpecComponent, type SpecComponents, targetOf } from "../components.ts";
import { drawObject, drawRegion, drawThread, regionId } from "./draw-objects.ts";
import { DotWriter } from "./dot-writer.ts";
import { foldFrames, rightsLetters } from "./fold.ts";

/** What a thread can do: every object that it has a capability to or has mapped, and what it may do with it. */
export function threadView(thread: CapdlTcb, components: SpecComponents): string {
  const writer = new DotWriter({ rankdir: "LR", ranksep: 1.5 });
  drawThread(writer, thread, components);
  const drawn = new Set([thread.name]);
  const component: SpecComponent = {
    name: components.ownerOf(thread.name) ?? thread.name,
    cnode: targetOf(thread, TcbSlotNumber.cspace),
    threads: [thread],
    vspaces: [targetOf(thread, TcbSlotNumber.vspace) ?? ""],
  };
  const actions = new Map<string, Set<string>>();
  const special = new Set<string>();
  const note = (cap: CapdlCap, isFault: boolean): void => {
    if (cap.kind !== "object") {
      special.add(cap.kind);
      return;
    }
    const target = components.object(cap.object);
    if (target === undefined) return;
    const known = actions.get(target.name) ?? new Set<string>();
    known.add(isFault ? "faults to" : actionOf(target, cap.rights ?? 0));
    actions.set(target.name, known);
  };
  for (const cnode of components.cnodesOf(component))
    for (const { cap } of cnode.slots) note(cap, false);
  for (const { slot, cap } of thread.slots) {
    if (slot === TcbSlotNumber.faultEp || slot === TcbSlotNumber.tempFaultEp) note(cap, true);
  }
  for (const [name, does] of actions) {
    const target = components.object(name);
    if (target === undefined) continue;
    if (!drawn.has(name)) drawObject(writer, target);
    drawn.add(name);
    writer.edge(thread.name, name, { label: [...does].join(", ") });
    const owner = components.ownerOf(name);
    const others = components.usersOf(name).filter((user) => user !== component.name);
    for (const other of new Set(owner === undefined ? others : [...others, owner])) {
      if (other === component.name) continue;
      const id = `component ${other}`;
      if (!drawn.has(id)) writer.node(id, { label: other, shape: "component" });
      drawn.add(id);
      writer.edge(name, id, { dir: "none", style: "dotted" });
    }
  }
  for (const what of special) {
    writer.node(`power ${what}`, { label: what, shape: "octagon" });
    writer.edge(thread.name, `power ${what}`, { label: "holds" });
  }
  for (const region of foldFrames(components.memoryOf(component), components)) {
    drawRegion(writer, region);
    writer.edge(thread.name, regionId(region.name), { label: rightsLetters(region.rights, true) });
  }
  return writer.finish();
}

/** What a capability is good for. */
function actionOf({ kind }: CapdlObject, rights: number): string {
  const can: string[] = [];
  const isWriting = (rights & SpecRight.write) !== 0;
  const isReading = (rights & SpecRight.read) !== 0;
  switch (kind) {
    case "ep":
      if (isWriting)
        can.push((rights & (SpecRight.grant | SpecRight.grantReply)) === 0 ? "sends" : "calls");
      if (isReading) can.push("receives");
      break;
    case "notification":
      if (isWriting) can.push("signals");
      if (isReading) can.push("waits");
      break;
    case "frame":
      return `maps ${rightsLetters(rights, true)}`;
    case "tcb":
      return "controls";
    case "cnode":
      return "changes slots";
    case "ut":
      return "makes objects";
    case "sc":
      return "binds";
    case "rtreply":
      return "replies";
    case "asid_pool":
      return "makes address spaces";
    default:
      return kind.endsWith("irq") ? "acknowledges" : "holds";
  }
  return can.length === 0 ? "holds" : can.join(", ");
}
