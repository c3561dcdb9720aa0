import {
  type CapdlCap,
  type CapdlObject,
  type CapdlSlot,
  type CapdlSpec,
  hasSlots,
} from "../model.ts";
import { type SlotRef } from "../spec.ts";
import {
  attributesOf,
  defaultOf,
  type Parameters,
  parametersOf,
  specialText,
} from "./parameters.ts";

/** One thing that is different. Texts are in the names of their own side. */
export interface SpecDifference {
  readonly kind:
    | "object-removed"
    | "object-added"
    | "parameter"
    | "cap-removed"
    | "cap-added"
    | "cap-changed"
    | "child"
    | "irq"
    | "cdt"
    | "arch"
    | "domains";
  /** Name of the object, or of the container: on the left, or on the right where the left has none. Empty for the whole. */
  readonly object: string;
  /** Its name on the right, where that is another. */
  readonly other?: string;
  readonly slot?: number;
  /** Which parameter of the object, or which attributes of the capability: `target`, `badge`, … */
  readonly field?: string;
  readonly left?: string;
  readonly right?: string;
}

/** Compares two specifications whose objects were paired, exactly. */
export function comparePaired(
  left: CapdlSpec,
  right: CapdlSpec,
  /** Left names to right names. */
  names: ReadonlyMap<string, string>,
  ignored: ReadonlySet<string>,
): SpecDifference[] {
  return new Comparison(left, right, names, ignored).run();
}

class Comparison {
  readonly #left: CapdlSpec;
  readonly #right: CapdlSpec;
  readonly #names: ReadonlyMap<string, string>;
  readonly #ignored: ReadonlySet<string>;
  readonly #found: SpecDifference[] = [];

  constructor(
    left: CapdlSpec,
    right: CapdlSpec,
    names: ReadonlyMap<string, string>,
    ignored: ReadonlySet<string>,
  ) {
    this.#left = left;
    this.#right = right;
    this.#names = names;
    this.#ignored = ignored;
  }

  run(): SpecDifference[] {
    const found = this.#found;
    if (this.#left.arch !== this.#right.arch)
      found.push({ kind: "arch", object: "", left: this.#left.arch, right: this.#right.arch });
    const others = new Map(this.#right.objects.map((object) => [object.name, object]));
    for (const object of this.#left.objects) {
      const other = others.get(this.#names.get(object.name) ?? "");
      if (other === undefined)
        found.push({ kind: "object-removed", object: object.name, left: object.kind });
      else this.#object(object, other);
    }
    const known = new Set(this.#names.values());
    for (const { name, kind } of this.#right.objects)
      if (!known.has(name)) found.push({ kind: "object-added", object: name, right: kind });
    this.#irqs();
    this.#derivations();
    this.#domains();
    return found;
  }

  #object(object: CapdlObject, other: CapdlObject): void {
    const where = {
      object: object.name,
      ...(object.name === other.name ? {} : { other: other.name }),
    };
    const own = parametersOf(object, this.#ignored);
    const theirs = parametersOf(other, this.#ignored);
    if (object.kind !== other.kind)
      this.#found.push({
        kind: "parameter",
        ...where,
        field: "kind",
        left: object.kind,
        right: other.kind,
      });
    for (const field of fieldsThatDiffer(own, theirs)) {
      const left = own.get(field) ?? defaultOf(field);
      const right = theirs.get(field) ?? defaultOf(field);
      this.#found.push({ kind: "parameter", ...where, field, left, right });
    }
    if (object.kind === "ut" && other.kind === "ut") {
      const children = new Set(other.children);
      const named = new Set(object.children.map((name) => this.#names.get(name)));
      for (const left of object.children)
        if (!children.has(this.#names.get(left) ?? ""))
          this.#found.push({ kind: "child", ...where, left });
      for (const right of other.children)
        if (!named.has(right)) this.#found.push({ kind: "child", ...where, right });
    }
    if (hasSlots(object) && hasSlots(other)) this.#slots(object.slots, other.slots, where);
  }

  #slots(
    slots: readonly CapdlSlot[],
    others: readonly CapdlSlot[],
    where: Pick<SpecDifference, "object" | "other">,
  ): void {
    const bySlot = new Map(others.map(({ slot, cap }) => [slot, cap]));
    for (const { slot, cap } of slots) {
      const other = bySlot.get(slot);
      bySlot.delete(slot);
      const left = capText(cap);
      if (other === undefined) {
        this.#found.push({ kind: "cap-removed", ...where, slot, left });
        continue;
      }
      const fields = this.#capFields(cap, other);
      if (fields.length === 0) continue;
      this.#found.push({
        ...{ kind: "cap-changed", ...where, slot, field: fields.join(" ") },
        ...{ left, right: capText(other) },
      });
    }
    for (const [slot, cap] of bySlot)
      this.#found.push({ kind: "cap-added", ...where, slot, right: capText(cap) });
  }

  #capFields(cap: CapdlCap, other: CapdlCap): string[] {
    if (cap.kind !== "object" || other.kind !== "object") {
      const texts = [cap, other].map((each) => (each.kind === "object" ? "" : specialText(each)));
      return cap.kind === other.kind && texts[0] === texts[1] ? [] : ["target"];
    }
    const fields = fieldsThatDiffer(
      attributesOf(cap, this.#ignored),
      attributesOf(other, this.#ignored),
    );
    // A target that is in no objects section keeps its name.
    if ((this.#names.get(cap.object) ?? cap.object) !== other.object) fields.unshift("target");
    if (!this.#ignored.has("mapping") && !this.#isSamePlace(cap.mapping, other.mapping))
      fields.push("mapping");
    return fields;
  }

  #isSamePlace(place: SlotRef | undefined, other: SlotRef | undefined): boolean {
    if (place === undefined || other === undefined) return place === other;
    return place.slot === other.slot && this.#names.get(place.container) === other.container;
  }

  #irqs(): void {
    const others = new Map(this.#right.irqs.map(({ irq, object }) => [irq, object]));
    for (const { irq, object } of this.#left.irqs) {
      const right = others.get(irq);
      others.delete(irq);
      if (right === undefined) this.#found.push({ kind: "irq", object, slot: irq, left: object });
      else if (this.#names.get(object) !== right)
        this.#found.push({ kind: "irq", object, slot: irq, left: object, right });
    }
    for (const [irq, right] of others)
      this.#found.push({ kind: "irq", object: right, slot: irq, right });
  }

  #derivations(): void {
    const text = (place: SlotRef, name: (left: string) => string): string =>
      `(${name(place.container)}, ${place.slot})`;
    const texts = (spec: CapdlSpec, name: (left: string) => string): Map<string, string> =>
      new Map(
        (spec.cdt ?? []).map(({ parent, child }) => [
          `${text(parent, name)} ${text(child, name)}`,
          parent.container,
        ]),
      );
    const others = texts(this.#right, (name) => name);
    const own = texts(this.#left, (name) => this.#names.get(name) ?? "");
    for (const [left, object] of own)
      if (!others.has(left)) this.#found.push({ kind: "cdt", object, left });
    for (const [right, object] of others)
      if (!own.has(right)) this.#found.push({ kind: "cdt", object, right });
  }

  #domains(): void {
    const [left, right] = [this.#left, this.#right].map(({ domains }) =>
      domains === undefined
        ? "none"
        : `${domains.schedule.map((pair) => pair.join(",")).join(" ")} start ${domains.start} shift ${domains.indexShift}`,
    );
    if (left === undefined || right === undefined || left === right) return;
    this.#found.push({ kind: "domains", object: "", left, right });
  }
}

function fieldsThatDiffer(left: Parameters, right: Parameters): string[] {
  const fields = new Set([...left.keys(), ...right.keys()]);
  return [...fields].filter((field) => left.get(field) !== right.get(field)).sort();
}

const RIGHTS = ["W", "R", "G", "P"] as const;

/** A capability in the words of the language. */
function capText(cap: CapdlCap): string {
  if (cap.kind !== "object") return specialText(cap);
  const { rights = 0, badge, guard, guardSize, cached, mapping, asid, reply } = cap;
  const words = [
    RIGHTS.filter((_, bit) => (rights & (1 << bit)) !== 0).join(""),
    badge === undefined ? "" : `badge: ${badge}`,
    guard === undefined ? "" : `guard: ${guard}`,
    guardSize === undefined ? "" : `guard_size: ${guardSize}`,
    cached === false ? "uncached" : "",
    mapping === undefined ? "" : `mapping: (${mapping.container}, ${mapping.slot})`,
    asid === undefined ? "" : `asid: (${asid.high}, ${asid.low})`,
    reply ?? "",
  ].filter((word) => word !== "");
  return words.length === 0 ? cap.object : `${cap.object} (${words.join(", ")})`;
}
