import { type MappedCap } from "./check-slots.ts";
import { type ObjectIndex } from "./object-index.ts";
import { type CapdlFrame, type CapdlSpec, hasSlots } from "../model.ts";
import { type SlotRef } from "../spec.ts";
import { childrenEnd } from "./check-object.ts";
import { type Findings } from "./findings.ts";
import { type Platform } from "./platform.ts";

/** What the checks of a whole specification share. */
export interface WholeContext {
  readonly objects: ObjectIndex;
  readonly findings: Findings;
  readonly platform: Platform;
  readonly isToolOnly: boolean;
  readonly mappings: readonly MappedCap[];
}

const INTERRUPTS: readonly string[] = ["irq", "ioapic_irq", "msi_irq", "arm_irq"];

/** A frame capability in a CNode may name the mapping it is the capability of; each mapping has one. */
export function checkMappings({ objects, findings, isToolOnly, mappings }: WholeContext): void {
  const used = new Set<string>();
  for (const { holder, slot, cap } of mappings) {
    if (cap.mapping === undefined) continue;
    const { container: name, slot: place } = cap.mapping;
    const container = objects.get(name);
    const complain = (text: string): void => {
      findings.add("bad-mapping", holder.name, text, slot);
    };
    if (holder.kind !== "cnode") {
      complain("only a CNode holds capabilities of mappings");
      continue;
    }
    const key = `${name} ${place}`;
    if (container?.kind !== "pt" && container?.kind !== "pd") {
      complain(`"${name}" is neither page table nor page directory`);
    } else {
      const mapped = container.slots.find((item) => item.slot === place)?.cap;
      const target = mapped?.kind === "object" ? objects.get(mapped.object) : undefined;
      const isSame = isToolOnly || target?.name === cap.object;
      if (target?.kind !== "frame" || !isSame) complain(`slot ${place} of ${name} does not map it`);
      else if (used.has(key)) complain(`slot ${place} of ${name} is named twice`);
    }
    used.add(key);
  }
}

/** Untypeds and what is made of them. */
export function checkCovers(context: WholeContext): void {
  const { objects, findings, platform, isToolOnly } = context;
  const coverOf = new Map<string, string>();
  const untypeds = objects.suspects.filter((object) => object.kind === "ut");
  for (const untyped of untypeds) {
    for (const name of untyped.children) {
      if (!objects.has(name)) {
        findings.add("unknown-object", untyped.name, `covers an unknown object "${name}"`);
        continue;
      }
      const other = coverOf.get(name);
      if (other !== undefined && other !== untyped.name) {
        findings.add("bad-cover", untyped.name, `"${name}" is covered by ${other} as well`);
      }
      coverOf.set(name, untyped.name);
    }
    if (isToolOnly || untyped.sizeBits === 0) continue;
    const end = childrenEnd(untyped, objects, platform);
    if (end > 2 ** untyped.sizeBits) {
      const text = `objects up to byte ${end} in an untyped of ${2 ** untyped.sizeBits}`;
      findings.add("untyped-overfull", untyped.name, text);
    }
  }
}

/** Interrupt objects and their numbers. */
export function checkIrqs(spec: CapdlSpec, context: WholeContext): void {
  const { objects, findings, isToolOnly } = context;
  const numbers = new Set<number>();
  const bound = new Set<string>();
  for (const { irq, object } of spec.irqs) {
    if (numbers.has(irq)) findings.add("duplicate-irq", object, `interrupt ${irq} is bound twice`);
    numbers.add(irq);
    bound.add(object);
    const kind = objects.get(object)?.kind;
    if (kind === undefined)
      findings.add("unknown-object", object, `unknown object of interrupt ${irq}`);
    else if (!INTERRUPTS.includes(kind)) {
      findings.add("bad-irq", object, `interrupt ${irq} is bound to a ${kind}`);
    }
  }
  if (isToolOnly) return;
  for (const { name, kind } of objects.containers) {
    if (INTERRUPTS.includes(kind) && !bound.has(name)) {
      findings.add("unmapped-irq", name, "not in irq maps");
    }
  }
}

/** CantripOS: the untyped memory goes to one CNode, told in one frame. */
export function checkHandOver({ findings, objects }: WholeContext): void {
  const receivers = objects.containers.filter(
    (object) => object.kind === "cnode" && object.hasUntypedMemory,
  );
  const frames = objects.suspects.filter(
    (object) =>
      object.kind === "frame" &&
      object.fill !== undefined &&
      object.fill.length > 0 &&
      object.fill.some((fill) => fill.kind === "bootinfo" && fill.id === "BootInfo"),
  );
  for (const { name } of receivers.slice(1)) {
    findings.add("bad-hand-over", name, "a second CNode that receives the untyped memory");
  }
  for (const { name } of frames.slice(1)) {
    findings.add("bad-hand-over", name, "a second frame with the boot info");
  }
  const [frame] = frames;
  if (frame !== undefined && receivers.length === 0) {
    findings.add("bad-hand-over", frame.name, "no CNode receives the untyped memory");
  }
}

/** Frames at given addresses share memory wholly or not at all. */
export function checkOverlaps({ findings, objects }: WholeContext): void {
  const placed: { readonly frame: CapdlFrame; readonly start: bigint; readonly end: bigint }[] = [];
  const frames = objects.suspects.filter((object) => object.kind === "frame");
  for (const object of frames) {
    if (object.paddr === undefined || object.paddr === 0) continue;
    const start = BigInt(object.paddr);
    placed.push({ frame: object, start, end: start + (1n << BigInt(object.sizeBits)) });
  }
  placed.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  let widest = placed[0];
  for (const item of placed.slice(1)) {
    if (widest === undefined) return;
    const isShared = item.start === widest.start && item.end === widest.end;
    if (item.start < widest.end && !isShared) {
      findings.add("paddr-overlap", item.frame.name, `overlaps "${widest.frame.name}"`);
    }
    if (item.end > widest.end) widest = item;
  }
}

/** Derivations name filled slots and do not go in circles. */
export function checkCdt(spec: CapdlSpec, { findings, objects }: WholeContext): void {
  const { cdt } = spec;
  if (cdt === undefined) return;
  const filled = new Map<string, Set<number>>();
  const key = ({ container, slot }: SlotRef): string => `${container} ${slot}`;
  const parentOf = new Map<string, string>();
  const check = (ref: SlotRef): void => {
    const object = objects.get(ref.container);
    if (object === undefined || !hasSlots(object)) {
      findings.add(
        "cdt-empty-slot",
        ref.container,
        "a derivation names what has no slots",
        ref.slot,
      );
      return;
    }
    let slots = filled.get(object.name);
    if (slots === undefined) {
      slots = new Set(object.slots.map(({ slot }) => slot));
      filled.set(object.name, slots);
    }
    if (!slots.has(ref.slot)) {
      findings.add("cdt-empty-slot", ref.container, "a derivation names an empty slot", ref.slot);
    }
  };
  for (const { parent, child } of cdt) {
    check(parent);
    check(child);
    parentOf.set(key(child), key(parent));
  }
  const done = new Set<string>();
  for (const { child } of cdt) {
    const path = new Set<string>();
    let at: string | undefined = key(child);
    while (at !== undefined && !done.has(at) && !path.has(at)) {
      path.add(at);
      at = parentOf.get(at);
    }
    if (at !== undefined && path.has(at)) {
      findings.add("cdt-cycle", child.container, "derived from itself", child.slot);
    }
    for (const each of path) done.add(each);
  }
}

/** ASID pools are numbered 1 to n. */
export function checkAsidPools({ findings, objects }: WholeContext): void {
  const pools = objects.suspects.filter((object) => object.kind === "asid_pool");
  const seen = new Set<number>();
  for (const { name, asidHigh } of pools) {
    const high = asidHigh === undefined ? NaN : Number(asidHigh);
    if (!(high >= 1 && high <= pools.length) || seen.has(high)) {
      findings.add("asid-high", name, `asid_high ${asidHigh ?? "is not given"}`);
    }
    seen.add(high);
  }
}

/** Objects that nothing names, once the slots have been checked. */
export function checkUnused(spec: CapdlSpec, { findings, objects }: WholeContext): void {
  for (const { object } of spec.irqs) objects.use(object);
  spec.objects.forEach((object, index) => {
    if (objects.isUsed(index)) return;
    const { name, kind } = object;
    // A thread runs without anybody naming it; untypeds hold others.
    if (kind === "ut" || kind === "tcb" || kind === "asid_pool") return;
    findings.add("unused", name, "nothing refers to it");
  });
}
