import { type CapdlCap, type CapdlContainer, type CapdlObject, type CapdlTcb } from "../model.ts";
import { TcbSlotNumber } from "../spec.ts";
import { type SpecComponent, type SpecComponents, targetOf } from "../components.ts";
import { type DotAttributes, type DotRow, type DotWriter, tableLabel } from "./dot-writer.ts";
import { foldFrames, type Region, regionSize, rightsLetters } from "./fold.ts";

/** Kinds that have no node of their own: they are told where they are used. */
const FOLDED: readonly string[] = ["frame", "pt", "pd", "pdpt", "pml4", "pud", "pgd", "sc"];

/** Whether an object is drawn as itself. */
export function isDrawn(object: CapdlObject): boolean {
  return !FOLDED.includes(object.kind);
}

/** How kinds of objects look. */
export function shapeOf({ kind }: CapdlObject): DotAttributes {
  switch (kind) {
    case "ep":
      return { shape: "ellipse", style: "filled", fillcolor: "#dfe9ff" };
    case "notification":
      return { shape: "ellipse", style: "filled", fillcolor: "#fff3cc" };
    case "tcb":
      return { shape: "box", style: "filled", fillcolor: "#dff5df" };
    case "ut":
      return { shape: "folder" };
    case "irq":
    case "ioapic_irq":
    case "msi_irq":
    case "arm_irq":
      return { shape: "cds" };
    default:
      return { shape: "box" };
  }
}

/** An object that has neither rows nor parts. */
export function drawObject(writer: DotWriter, object: CapdlObject): void {
  const { name, kind } = object;
  const label =
    object.kind === "ut" && object.children.length > 0
      ? `${name}\n${kind}, ${object.children.length} objects`
      : `${name}\n${kind}`;
  writer.node(name, { label, ...shapeOf(object) });
}

/** A thread with its priority and its scheduling context. */
export function drawThread(writer: DotWriter, thread: CapdlTcb, components: SpecComponents): void {
  const context = components.object(targetOf(thread, TcbSlotNumber.sc) ?? "");
  const lines = [thread.name, "tcb"];
  if (thread.prio !== undefined)
    lines.push(`priority ${thread.prio}, at most ${thread.maxPrio ?? 0}`);
  if (context?.kind === "sc" && context.periodUs !== undefined)
    lines.push(`${context.budgetUs ?? 0} of ${context.periodUs} us`);
  writer.node(thread.name, { label: lines.join("\n"), ...shapeOf(thread) });
}

/** Slots of a thread that are drawn as edges. */
const THREAD_EDGES = [
  [TcbSlotNumber.cspace, "cspace"],
  [TcbSlotNumber.faultEp, "faults"],
  [TcbSlotNumber.tempFaultEp, "timeouts"],
  [TcbSlotNumber.boundNotification, "bound"],
  [TcbSlotNumber.boundVcpu, "runs"],
] as const;

/** From a thread to what it is bound to, and to its memory. */
export function drawThreadEdges(
  writer: DotWriter,
  thread: CapdlTcb,
  components: SpecComponents,
): void {
  for (const [number, what] of THREAD_EDGES) {
    const cap = thread.slots.find(({ slot }) => slot === number)?.cap;
    const target = cap?.kind === "object" ? components.object(cap.object) : undefined;
    if (cap?.kind !== "object" || target === undefined || !isDrawn(target)) continue;
    const badge = cap.badge === undefined ? "" : `, badge ${cap.badge}`;
    writer.edge(thread.name, cap.object, { label: `${what}${badge}`, style: "dashed" });
  }
}

/** A CNode with a row for each slot. */
export function drawCNode(
  writer: DotWriter,
  cnode: CapdlContainer,
  components: SpecComponents,
): void {
  const rows: DotRow[] = cnode.slots.map(({ slot, cap }) => ({
    port: `s${slot}`,
    cells: [`${slot}`, ...capCells(cap, components)],
  }));
  const size = cnode.kind === "cnode" ? `cnode (${cnode.sizeBits} bits)` : cnode.kind;
  writer.node(cnode.name, { shape: "plaintext", label: tableLabel(cnode.name, [size], rows) });
}

/** From the rows of a CNode to the objects that are drawn. */
export function drawCNodeEdges(
  writer: DotWriter,
  cnode: CapdlContainer,
  components: SpecComponents,
): void {
  for (const { slot, cap } of cnode.slots) {
    const target = cap.kind === "object" ? components.object(cap.object) : undefined;
    if (target === undefined || !isDrawn(target) || target.name === cnode.name) continue;
    writer.edge(cnode.name, target.name, { label: capLabel(cap, target) }, `s${slot}`);
  }
}

/** Target and parameters of a capability. */
function capCells(cap: CapdlCap, components: SpecComponents): readonly [string, string] {
  if (cap.kind === "sched_control") return [cap.kind, `core ${cap.core}`];
  if (cap.kind !== "object") return [cap.kind, ""];
  return [cap.object, capLabel(cap, components.object(cap.object))];
}

/** Rights and badge of a capability. */
function capLabel(cap: CapdlCap, target: CapdlObject | undefined): string {
  if (cap.kind !== "object") return "";
  const items = [rightsLetters(cap.rights ?? 0, target?.kind === "frame")];
  if (cap.badge !== undefined) items.push(`badge ${cap.badge}`);
  if (cap.reply !== undefined) items.push(cap.reply);
  return items.filter((item) => item !== "").join(", ");
}

/** Id of the node that stands for a component's address space. */
function memoryId({ name }: SpecComponent): string {
  return `memory of ${name}`;
}

/** Id of the node of a region that several components can reach. */
export function regionId(region: string): string {
  return `region ${region}`;
}

/** A component's own memory, by rights; with `isWhole` by region. Edges go to the memory that it shares. */
export function drawMemory(
  writer: DotWriter,
  component: SpecComponent,
  to: {
    readonly components: SpecComponents;
    readonly isWhole: boolean;
    /** Regions that are drawn as nodes; those that this component uses are added. */
    readonly shared: Map<string, Region>;
    readonly edges: (() => void)[];
  },
): void {
  const { components, isWhole, shared, edges } = to;
  const regions = foldFrames(components.memoryOf(component), components);
  if (regions.length === 0) return;
  const own: Region[] = [];
  for (const region of regions) {
    if (region.frames.some((frame) => isShared(frame.name, components))) {
      const known = shared.get(region.name);
      if (known === undefined || known.frames.length < region.frames.length)
        shared.set(region.name, region);
      edges.push(() => {
        const label = rightsLetters(region.rights, true);
        writer.edge(memoryId(component), regionId(region.name), { label, color: "#777777" });
      });
    } else own.push(region);
  }
  const rows = (isWhole ? own : byRights(own)).map(({ name, frames, rights }) => ({
    cells: [name, regionSize(frames), rightsLetters(rights, true)],
  }));
  writer.node(memoryId(component), {
    shape: "plaintext",
    label: tableLabel("memory", component.vspaces, rows),
  });
}

/** Devices' memory is shared with the world outside. */
function isShared(frame: string, components: SpecComponents): boolean {
  const object = components.object(frame);
  if (object?.kind === "frame" && object.paddr !== undefined) return true;
  return components.ownerOf(frame) === undefined;
}

function byRights(regions: readonly Region[]): readonly Region[] {
  const groups = new Map<number, Region>();
  for (const { frames, rights } of regions) {
    const group = groups.get(rights);
    groups.set(rights, {
      name: "pages",
      frames: [...(group?.frames ?? []), ...frames],
      rights,
    });
  }
  return [...groups.values()].sort((a, b) => a.rights - b.rights);
}

/** A region that is drawn by itself. */
export function drawRegion(writer: DotWriter, { name, frames }: Region): void {
  const isDevice = frames.some(({ paddr }) => paddr !== undefined);
  writer.node(regionId(name), {
    label: `${name}\n${regionSize(frames)}`,
    shape: isDevice ? "box3d" : "note",
    style: "filled",
    fillcolor: isDevice ? "#eeeeee" : "#f7e8ff",
  });
}
