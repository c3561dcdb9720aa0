import { type CapdlCap, type CapdlObject, type CapdlSpec, hasSlots } from "../model.ts";
import { SpecRight } from "../spec.ts";
import { type SpecComponents } from "../components.ts";
import { drawRegion, regionId, shapeOf } from "./draw-objects.ts";
import { DotWriter } from "./dot-writer.ts";
import { foldFrames, type Region, rightsLetters } from "./fold.ts";

/** Most lines of an edge's label; the rest is counted. */
const MOST_LINES = 8;

interface Use {
  readonly writers: Set<string>;
  readonly readers: Set<string>;
}

/**
 * Which component can reach which, and through what: messages and signals from those that may send to those that may
 * receive, memory from those that may write to those that may read, control over another's threads and spaces. Devices and
 * interrupts are nodes.
 */
export function reachView(spec: CapdlSpec, components: SpecComponents): string {
  const writer = new DotWriter({ rankdir: "LR", ranksep: 1.2 });
  const reach = new Reach(spec, components);
  for (const { name, threads } of components.components) {
    const count = threads.length === 1 ? "1 thread" : `${threads.length} threads`;
    writer.node(`component ${name}`, {
      label: `${name}\n${count}`,
      shape: "component",
      style: "filled",
      fillcolor: "#dff5df",
    });
  }
  reach.draw(writer);
  return writer.finish();
}

class Reach {
  readonly #spec: CapdlSpec;
  readonly #components: SpecComponents;
  /** Lines of the label from one component to another. */
  readonly #lines = new Map<string, { from: string; to: string; lines: string[] }>();
  readonly #devices = new Map<string, { region: Region; users: Map<string, number> }>();

  constructor(spec: CapdlSpec, components: SpecComponents) {
    this.#spec = spec;
    this.#components = components;
    this.#messages();
    this.#memory();
  }

  draw(writer: DotWriter): void {
    for (const { region, users } of this.#devices.values()) {
      drawRegion(writer, region);
      for (const [name, rights] of users)
        writer.edge(`component ${name}`, regionId(region.name), {
          label: rightsLetters(rights, true),
          color: "#777777",
        });
    }
    this.#interrupts(writer);
    for (const { from, to, lines } of this.#lines.values()) {
      const more = lines.length - MOST_LINES;
      const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more`] : lines;
      writer.edge(`component ${from}`, `component ${to}`, { label: shown.join("\n") });
    }
  }

  #note(from: string, to: string, line: string): void {
    if (from === to) return;
    const key = JSON.stringify([from, to]);
    const known = this.#lines.get(key) ?? { from, to, lines: [] };
    if (!known.lines.includes(line)) known.lines.push(line);
    this.#lines.set(key, known);
  }

  /** Endpoints, notifications and control, from the capabilities in CSpaces and of faults. */
  #messages(): void {
    const uses = new Map<string, Use>();
    const use = (component: string, cap: CapdlCap): void => {
      if (cap.kind !== "object") return;
      const target = this.#components.object(cap.object);
      if (target === undefined) return;
      if (target.kind === "ep" || target.kind === "notification") {
        const rights = cap.rights ?? 0;
        const known = uses.get(target.name) ?? { writers: new Set(), readers: new Set() };
        if ((rights & SpecRight.write) !== 0) known.writers.add(component);
        if ((rights & SpecRight.read) !== 0) known.readers.add(component);
        uses.set(target.name, known);
      } else this.#control(component, target);
    };
    for (const component of this.#components.components) {
      for (const cnode of this.#components.cnodesOf(component))
        for (const { cap } of cnode.slots) use(component.name, cap);
    }
    for (const [object, { writers, readers }] of uses) {
      const how = this.#components.object(object)?.kind === "ep" ? "calls" : "signals";
      for (const from of writers)
        for (const to of readers) this.#note(from, to, `${how} ${object}`);
    }
  }

  /** Power over what belongs to another component. */
  #control(component: string, target: CapdlObject): void {
    const owner = this.#components.ownerOf(target.name);
    if (owner === undefined || owner === component) return;
    if (target.kind === "frame" || target.kind === "sc" || target.kind === "rtreply") return;
    this.#note(component, owner, `controls ${target.name}`);
  }

  #memory(): void {
    const regions = new Map<string, Map<string, Region>>();
    for (const component of this.#components.components) {
      for (const region of foldFrames(this.#components.memoryOf(component), this.#components)) {
        if (region.frames.some(({ paddr }) => paddr !== undefined)) {
          const device = this.#devices.get(region.name) ?? { region, users: new Map() };
          device.users.set(component.name, region.rights);
          this.#devices.set(region.name, device);
        }
        const users = regions.get(region.name) ?? new Map<string, Region>();
        users.set(component.name, region);
        regions.set(region.name, users);
      }
    }
    for (const [name, users] of regions) {
      for (const [from, ours] of users) {
        if ((ours.rights & SpecRight.write) === 0) continue;
        for (const [to, theirs] of users) {
          const isSame = theirs.frames.some((frame) => ours.frames.includes(frame));
          if (isSame && (theirs.rights & SpecRight.read) !== 0)
            this.#note(from, to, `writes ${name}`);
        }
      }
    }
  }

  /** From interrupts to the components that wait for their notification. */
  #interrupts(writer: DotWriter): void {
    const numbers = new Map(this.#spec.irqs.map(({ irq, object }) => [object, irq]));
    for (const object of this.#spec.objects) {
      if (!object.kind.endsWith("irq") || !hasSlots(object)) continue;
      const number = numbers.get(object.name);
      const label = number === undefined ? object.name : `${object.name}\ninterrupt ${number}`;
      writer.node(object.name, { label, ...shapeOf(object) });
      for (const { cap } of object.slots) {
        if (cap.kind !== "object") continue;
        for (const user of this.#components.usersOf(cap.object))
          writer.edge(object.name, `component ${user}`, { label: "signals", style: "bold" });
      }
    }
  }
}
