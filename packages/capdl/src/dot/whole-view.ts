import { type CapdlSpec, hasSlots } from "../model.ts";
import { type SpecComponent, type SpecComponents } from "../components.ts";
import {
  drawCNode,
  drawCNodeEdges,
  drawMemory,
  drawObject,
  drawRegion,
  drawThread,
  drawThreadEdges,
  isDrawn,
} from "./draw-objects.ts";
import { DotWriter } from "./dot-writer.ts";
import { type Region } from "./fold.ts";

/**
 * Objects grouped by component; what several can reach is outside. Frames, tables and scheduling contexts are told where
 * they are used.
 *
 * @param only - draw this component, and the objects outside that it can reach
 */
export function wholeView(
  spec: CapdlSpec,
  components: SpecComponents,
  only?: SpecComponent,
): string {
  const writer = new DotWriter({ rankdir: "LR", ranksep: 1, newrank: "true" });
  const shown = only === undefined ? components.components : [only];
  const shared = new Map<string, Region>();
  const edges: (() => void)[] = [];
  const drawn = new Set<string>();
  const mentioned = new Set<string>();
  for (const component of shown) {
    writer.cluster(component.name, () => {
      for (const thread of component.threads) {
        drawThread(writer, thread, components);
        drawn.add(thread.name);
        for (const { cap } of thread.slots) if (cap.kind === "object") mentioned.add(cap.object);
        edges.push(() => {
          drawThreadEdges(writer, thread, components);
        });
      }
      for (const cnode of components.cnodesOf(component)) {
        if (drawn.has(cnode.name)) continue;
        drawCNode(writer, cnode, components);
        drawn.add(cnode.name);
        for (const { cap } of cnode.slots) if (cap.kind === "object") mentioned.add(cap.object);
        edges.push(() => {
          drawCNodeEdges(writer, cnode, components);
        });
      }
      for (const object of spec.objects) {
        if (drawn.has(object.name) || !isDrawn(object)) continue;
        if (components.ownerOf(object.name) !== component.name) continue;
        drawObject(writer, object);
        drawn.add(object.name);
      }
      drawMemory(writer, component, { components, isWhole: only !== undefined, shared, edges });
    });
  }
  for (const object of spec.objects) {
    if (drawn.has(object.name) || !isDrawn(object)) continue;
    if (only !== undefined && !mentioned.has(object.name)) continue;
    drawObject(writer, object);
    drawn.add(object.name);
  }
  for (const region of shared.values()) drawRegion(writer, region);
  for (const edge of edges) edge();
  // Interrupts signal.
  for (const object of spec.objects) {
    if (!drawn.has(object.name) || !object.kind.endsWith("irq") || !hasSlots(object)) continue;
    for (const { cap } of object.slots) {
      if (cap.kind !== "object" || !drawn.has(cap.object)) continue;
      const badge = cap.badge === undefined ? "" : `badge ${cap.badge}`;
      writer.edge(object.name, cap.object, { label: badge, style: "bold" });
    }
  }
  return writer.finish();
}
