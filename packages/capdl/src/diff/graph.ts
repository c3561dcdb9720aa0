import { type CapdlObject, type CapdlSpec, hasSlots } from "../model.ts";
import { attributesOf, type Parameters, parametersOf, specialText } from "./parameters.ts";

/**
 * Two specifications as one graph: a node for each object, an edge for each capability, mapping, child and derivation,
 * with everything that can be compared as a label.
 */
export interface SpecGraph {
  readonly objects: readonly CapdlObject[];
  /** Nodes from here on belong to the second specification. */
  readonly firstRight: number;
  /** Label of each node: kind, parameters, capabilities without objects, interrupt numbers. */
  readonly labels: Int32Array;
  /** Ends and label of each edge. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly edgeLabels: Int32Array;
  /** Half edges of node `n`: from `offsets[n]` up to `offsets[n + 1]`. */
  readonly offsets: Int32Array;
  readonly neighbours: Int32Array;
  /** Label of the edge as seen by the neighbour: even when it points at the neighbour. */
  readonly seen: Int32Array;
}

class Interner {
  readonly #ids = new Map<string, number>();
  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(text, id);
    }
    return id;
  }
}

class Edges {
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly labels: number[] = [];
  add(from: number, to: number, label: number): void {
    this.from.push(from);
    this.to.push(to);
    this.labels.push(label);
  }
}

/** Makes the graph of two specifications. */
export function makeGraph(
  left: CapdlSpec,
  right: CapdlSpec,
  ignored: ReadonlySet<string>,
): SpecGraph {
  const names = new Interner();
  const edges = new Edges();
  const objects = [...left.objects, ...right.objects];
  const labels = new Int32Array(objects.length);
  const firstRight = left.objects.length;
  addSpec(left, 0, { names, edges, labels, ignored });
  addSpec(right, firstRight, { names, edges, labels, ignored });
  return {
    objects,
    firstRight,
    labels,
    from: Int32Array.from(edges.from),
    to: Int32Array.from(edges.to),
    edgeLabels: Int32Array.from(edges.labels),
    ...adjacency(objects.length, edges),
  };
}

interface Building {
  readonly names: Interner;
  readonly edges: Edges;
  readonly labels: Int32Array;
  readonly ignored: ReadonlySet<string>;
}

function addSpec(spec: CapdlSpec, first: number, building: Building): void {
  const { names, edges, labels, ignored } = building;
  const nodes = new Map(spec.objects.map(({ name }, index) => [name, first + index]));
  const irqs = new Map<string, string>();
  for (const { irq, object } of spec.irqs) irqs.set(object, `${irqs.get(object) ?? ""}#${irq}`);
  spec.objects.forEach((object, index) => {
    const node = first + index;
    let label = `${object.kind}${irqs.get(object.name) ?? ""}${textOf(parametersOf(object, ignored))}`;
    if (object.kind === "ut") {
      const child = names.id("child");
      for (const name of object.children) {
        const target = nodes.get(name);
        if (target !== undefined) edges.add(node, target, child);
      }
    }
    if (hasSlots(object)) {
      for (const { slot, cap } of object.slots) {
        if (cap.kind !== "object") {
          label += `|${slot}:${specialText(cap)}`;
          continue;
        }
        const target = nodes.get(cap.object);
        const attributes = textOf(attributesOf(cap, ignored));
        if (target === undefined) label += `|${slot}:?${cap.object}${attributes}`;
        else edges.add(node, target, names.id(`${slot}:${attributes}`));
        const place = ignored.has("mapping") ? undefined : cap.mapping;
        const container = place === undefined ? undefined : nodes.get(place.container);
        if (place !== undefined && container !== undefined)
          edges.add(node, container, names.id(`${slot}>${place.slot}`));
      }
    }
    labels[node] = names.id(label);
  });
  for (const { parent, child } of spec.cdt ?? []) {
    const from = nodes.get(parent.container);
    const to = nodes.get(child.container);
    if (from !== undefined && to !== undefined)
      edges.add(from, to, names.id(`cdt ${parent.slot} ${child.slot}`));
  }
}

function textOf(parameters: Parameters): string {
  let text = "";
  for (const key of [...parameters.keys()].sort()) text += `,${key}=${parameters.get(key) ?? ""}`;
  return text;
}

function adjacency(
  count: number,
  { from, to, labels }: Edges,
): Pick<SpecGraph, "offsets" | "neighbours" | "seen"> {
  const offsets = new Int32Array(count + 1);
  for (const node of from) offsets[node + 1] = (offsets[node + 1] ?? 0) + 1;
  for (const node of to) offsets[node + 1] = (offsets[node + 1] ?? 0) + 1;
  for (let node = 0; node < count; node++)
    offsets[node + 1] = (offsets[node + 1] ?? 0) + (offsets[node] ?? 0);
  const next = offsets.slice();
  const neighbours = new Int32Array(from.length * 2);
  const seen = new Int32Array(from.length * 2);
  const put = (node: number, neighbour: number, label: number): void => {
    const place = next[node] ?? 0;
    next[node] = place + 1;
    neighbours[place] = neighbour;
    seen[place] = label;
  };
  for (let edge = 0; edge < from.length; edge++) {
    const source = from[edge] ?? 0;
    const target = to[edge] ?? 0;
    const label = (labels[edge] ?? 0) * 2;
    put(source, target, label);
    put(target, source, label + 1);
  }
  return { offsets, neighbours, seen };
}

/** One word of 32 bits from an edge's label and a neighbour's colour; two lanes make collisions unlikely. */
export function mix(label: number, colour: number, lane: number): number {
  let word = Math.imul(label ^ Math.imul(colour + 1, 0x9e3779b1), 0x85ebca6b + lane * 2);
  word ^= word >>> 15;
  word = Math.imul(word + lane, 0xc2b2ae35);
  return word ^ (word >>> 13);
}
