import { objectBytes } from "./allocation-order.ts";
import { checkObject } from "./check/check-object.ts";
import { checkSlots } from "./check/check-slots.ts";
import { Findings, type SpecDiagnostic } from "./check/findings.ts";
import { type Spec, type SpecObject } from "./spec.ts";

/**
 * Checks a specification for riscv32 and reports all mistakes: what capDL-tool checks, and what would otherwise be noticed
 * only when a loader runs. Errors keep a system from working; warnings are likely mistakes.
 *
 * A specification that {@link parseCapdl} made has no unknown names; one built by a program may.
 */
export function checkSpec(spec: Spec): readonly SpecDiagnostic[] {
  const findings = new Findings();
  const objects = new Map<string, SpecObject>();
  for (const object of spec.objects) {
    if (objects.has(object.name)) {
      findings.error("duplicate-name", object.name, `a second object "${object.name}"`);
    }
    objects.set(object.name, object);
    if (!/^\p{L}[\p{L}\p{N}\-_@.]*(\[\d+\])?$/u.test(object.name)) {
      findings.error("bad-name", object.name, `"${object.name}" is no identifier`);
    }
  }
  for (const object of spec.objects) {
    checkObject(object, findings);
    if ("slots" in object) checkSlots(object, objects, findings);
  }
  checkMappings(spec, objects, findings);
  checkCovers(spec, objects, findings);
  checkIrqs(spec, objects, findings);
  checkHandOver(spec, findings);
  return findings.list;
}

/** A frame capability in a CNode may name the mapping it is the capability of; each mapping has one. */
function checkMappings(
  spec: Spec,
  objects: ReadonlyMap<string, SpecObject>,
  findings: Findings,
): void {
  const used = new Set<string>();
  for (const holder of spec.objects) {
    if (!("slots" in holder)) continue;
    for (const { slot, cap } of holder.slots) {
      if (cap.kind !== "object" || cap.mapping === undefined) continue;
      const { container: name, slot: place } = cap.mapping;
      const container = objects.get(name);
      const mapped =
        container?.kind === "pt" ? container.slots.find((item) => item.slot === place) : undefined;
      const key = `${name} ${place}`;
      if (holder.kind !== "cnode") {
        findings.error(
          "bad-mapping",
          holder.name,
          "only a CNode holds capabilities of mappings",
          slot,
        );
      } else if (container?.kind !== "pt") {
        findings.error("bad-mapping", holder.name, `"${name}" is no page table`, slot);
      } else if (mapped?.cap.kind !== "object" || mapped.cap.object !== cap.object) {
        findings.error(
          "bad-mapping",
          holder.name,
          `slot ${place} of ${name} does not map it`,
          slot,
        );
      } else if (used.has(key)) {
        findings.error("bad-mapping", holder.name, `slot ${place} of ${name} is named twice`, slot);
      }
      used.add(key);
    }
  }
}

function checkCovers(
  spec: Spec,
  objects: ReadonlyMap<string, SpecObject>,
  findings: Findings,
): void {
  const coverOf = new Map<string, string>();
  for (const untyped of spec.objects) {
    if (untyped.kind !== "ut") continue;
    let bytes = 0;
    for (const name of untyped.children) {
      const child = objects.get(name);
      if (child === undefined) {
        findings.error("unknown-object", untyped.name, `covers an unknown object "${name}"`);
        continue;
      }
      bytes += objectBytes(child);
      const other = coverOf.get(name);
      if (other !== undefined && other !== untyped.name) {
        findings.error("bad-cover", untyped.name, `"${name}" is covered by ${other} as well`);
      }
      coverOf.set(name, untyped.name);
    }
    if (untyped.sizeBits > 0 && bytes > 2 ** untyped.sizeBits) {
      findings.error(
        "bad-cover",
        untyped.name,
        `objects of ${bytes} bytes in an untyped of ${2 ** untyped.sizeBits}`,
      );
    }
  }
}

function checkIrqs(spec: Spec, objects: ReadonlyMap<string, SpecObject>, findings: Findings): void {
  const numbers = new Set<number>();
  const bound = new Set<string>();
  for (const { irq, object } of spec.irqs) {
    if (numbers.has(irq)) findings.error("bad-irq", object, `interrupt ${irq} is mapped twice`);
    numbers.add(irq);
    bound.add(object);
    const kind = objects.get(object)?.kind;
    if (kind === undefined)
      findings.error("unknown-object", object, `interrupt ${irq} has no object`);
    else if (kind !== "irq")
      findings.error("bad-irq", object, `interrupt ${irq} is bound to a ${kind}`);
  }
  for (const { kind, name } of spec.objects) {
    if (kind === "irq" && !bound.has(name)) {
      findings.warning("bad-irq", name, "the interrupt is in no irq map");
    }
  }
}

/** CantripOS's root server hands the untyped memory to one CNode, and describes it in one boot info frame. */
function checkHandOver(spec: Spec, findings: Findings): void {
  const receivers = spec.objects.filter(
    (object) => object.kind === "cnode" && object.hasUntypedMemory,
  );
  const frames = spec.objects.filter(
    (object) =>
      object.kind === "frame" &&
      object.fill.some((fill) => fill.kind === "bootinfo" && fill.id === "BootInfo"),
  );
  for (const { name } of receivers.slice(1)) {
    findings.error("bad-hand-over", name, "a second CNode that receives the untyped memory");
  }
  for (const { name } of frames.slice(1)) {
    findings.error("bad-hand-over", name, "a second frame with the boot info");
  }
  const [frame] = frames;
  if (frame !== undefined && receivers.length === 0) {
    findings.error("bad-hand-over", frame.name, "no CNode receives the untyped memory");
  }
}
