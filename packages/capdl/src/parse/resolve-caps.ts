import { type CapdlDialect } from "../dialect.ts";
import {
  type CdtLink,
  type IrqBinding,
  type SlotRef,
  type SpecCap,
  type SpecObject,
} from "../spec.ts";
import {
  type CdtNode,
  type ContainerNode,
  type MappingNode,
  type ModuleNode,
  type NameRef,
  type Parameter,
  type SlotRefNode,
} from "./ast.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { expand, type ObjectTable, refText } from "./object-table.ts";

/** A slot that copies a named capability. */
interface PendingCopy {
  readonly container: string;
  readonly slot: number;
  readonly mapping: MappingNode;
}

const SPECIAL_CAPS = ["irq_control", "asid_control", "domain"] as const;

/** Fills the slots of containers, resolves names of capabilities, and finds derivations and interrupts. */
export class CapResolver {
  readonly irqs: IrqBinding[] = [];
  readonly cdt: CdtLink[] = [];
  readonly #parentOf = new Map<string, SlotRef>();
  readonly #table: ObjectTable;
  readonly #diagnostics: Diagnostics;
  readonly #dialect: CapdlDialect;
  /** Slots by name of a capability; an element of an array of them is `name[index]`. */
  readonly #named = new Map<string, SlotRef>();
  readonly #namedArrays = new Map<string, number>();
  /** Copies by `container` and `slot`, until they are resolved. */
  readonly #copies = new Map<string, PendingCopy>();
  readonly #parents: { readonly mapping: MappingNode; readonly child: SlotRef }[] = [];

  constructor(table: ObjectTable, diagnostics: Diagnostics, dialect: CapdlDialect) {
    this.#table = table;
    this.#diagnostics = diagnostics;
    this.#dialect = dialect;
  }

  resolve(module: ModuleNode): void {
    for (const container of module.containers) this.#container(container);
    for (const { name, slot } of module.capNames) {
      const refs = this.#slotRefs(slot, name.offset);
      this.#nameSlots(name, refs);
    }
    for (const copy of [...this.#copies.values()]) this.#resolveCopy(copy, new Set());
    for (const { mapping, child } of this.#parents) {
      if (mapping.parent !== undefined) {
        this.#derive(mapping.parent, [child], mapping.offset);
      }
    }
    for (const node of module.cdt) this.#cdtNode(node);
    this.#bindIrqs(module);
  }

  #container({ name, mappings }: ContainerNode): void {
    for (const container of this.#table.names(name, "container")) {
      const object = this.#table.get(container);
      if (object !== undefined && !("slots" in object)) {
        this.#diagnostics.add(name.offset, `${container} has no slots`);
        continue;
      }
      const hasImplicit = mappings.some((mapping) => mapping.slot === undefined);
      if (hasImplicit && mappings.some((mapping) => mapping.isCopy)) {
        this.#diagnostics.add(
          name.offset,
          `${container} uses both copies of caps and unnumbered slots`,
        );
        continue;
      }
      let next = 0;
      for (const mapping of mappings) {
        const slot = mapping.slot ?? next;
        next = slot + this.#mapping(container, slot, mapping);
      }
    }
  }

  /** Returns how many slots it fills. */
  #mapping(container: string, slot: number, mapping: MappingNode): number {
    const { capName, isCopy, target, offset } = mapping;
    let caps: readonly (SpecCap | undefined)[];
    if (isCopy) {
      this.#copies.set(`${container} ${slot}`, { container, slot, mapping });
      caps = [];
    } else {
      caps = this.#caps(container, mapping);
      caps.forEach((cap, index) => {
        if (cap !== undefined) this.#put({ container, slot: slot + index }, cap, offset);
      });
    }
    const count = Math.max(1, caps.length);
    const refs = Array.from({ length: count }, (_, index) => ({ container, slot: slot + index }));
    if (capName !== undefined) this.#nameSlots(capName, refs);
    if (mapping.parent !== undefined) {
      for (const child of refs) this.#parents.push({ mapping, child });
    }
    if (target.ranges !== undefined && capName !== undefined && capName.ranges === undefined) {
      if (count > 1) this.#diagnostics.add(capName.offset, `name "${capName.base}" needs [] here`);
    }
    return count;
  }

  #put({ container, slot }: SlotRef, cap: SpecCap, offset: number): void {
    const slots = this.#table.slots(container);
    if (slots === undefined) return;
    if (slots.has(slot)) {
      this.#diagnostics.add(offset, `${container}: slot ${slot} is filled already`);
      return;
    }
    slots.set(slot, { slot, cap });
  }

  #caps(container: string, mapping: MappingNode): readonly (SpecCap | undefined)[] {
    const { target, parameters, offset } = mapping;
    const isObject = this.#table.get(target.base) !== undefined || target.ranges !== undefined;
    if (!isObject) {
      const special = SPECIAL_CAPS.find((kind) => kind === target.base);
      if (special !== undefined) {
        this.#allow(special, parameters, []);
        return [{ kind: special }];
      }
      if (target.base === "sched_control") {
        const core = this.#allow("sched_control", parameters, ["core"]).get("core");
        if (typeof core !== "number") {
          this.#diagnostics.add(offset, `sched_control in ${container} needs its core`);
          return [undefined];
        }
        return [{ kind: "sched_control", core }];
      }
    }
    return this.#table.names(target).map((name) => {
      const object = this.#table.get(name);
      return object === undefined ? undefined : this.#cap(object, parameters);
    });
  }

  #cap(object: SpecObject, parameters: readonly Parameter[]): SpecCap {
    const values = this.#allow(object.kind, parameters, this.#allowedParameters(object));
    const number = (key: string): number | undefined => {
      const value = values.get(key);
      return typeof value === "number" ? value : undefined;
    };
    const [rights, badge, guard, guardSize] = ["rights", "badge", "guard", "guard_size"].map(
      number,
    );
    const asid = values.get("asid") as readonly number[] | undefined;
    const mapping = values.get("mapping") as SlotRefNode | undefined;
    const place = mapping === undefined ? undefined : this.#slotRefs(mapping, 0)[0];
    if (values.has("reply") && values.has("master_reply")) {
      this.#diagnostics.add(
        parameters[0]?.offset ?? 0,
        "reply and master_reply exclude each other",
      );
    }
    const reply = (["reply", "master_reply"] as const).find((key) => values.has(key));
    return {
      kind: "object",
      object: object.name,
      ...(rights === undefined ? {} : { rights }),
      ...(badge === undefined ? {} : { badge }),
      ...(guard === undefined ? {} : { guard }),
      ...(guardSize === undefined ? {} : { guardSize }),
      ...(asid === undefined ? {} : { asid: { high: asid[0] ?? 0, low: asid[1] ?? 0 } }),
      ...(values.has("uncached") ? { cached: false } : {}),
      ...(place === undefined ? {} : { mapping: place }),
      ...(reply === undefined ? {} : { reply }),
    };
  }

  #allowedParameters(object: SpecObject): readonly string[] {
    switch (object.kind) {
      case "ep":
      case "notification":
        return ["rights", "badge"];
      case "tcb":
        return ["reply", "master_reply"];
      case "cnode":
        return ["guard", "guard_size"];
      case "frame":
        return ["rights", "asid", "cached", "uncached", "mapping"];
      case "pt":
        return ["asid"];
      case "rtreply":
        return this.#dialect === "cantrip" ? ["rights"] : [];
      default:
        return [];
    }
  }

  #allow(
    what: string,
    parameters: readonly Parameter[],
    allowed: readonly string[],
  ): ReadonlyMap<string, Parameter["value"]> {
    const values = new Map<string, Parameter["value"]>();
    for (const { key, value, offset } of parameters) {
      if (!allowed.includes(key)) {
        this.#diagnostics.add(offset, `a capability to ${what} has no ${key}`);
        continue;
      }
      const before = values.get(key);
      // Several rights are united.
      if (key === "rights" && typeof before === "number" && typeof value === "number") {
        values.set(key, before | value);
      } else if (values.has(key)) {
        this.#diagnostics.add(offset, `a second ${key}`);
      } else values.set(key, value);
    }
    return values;
  }

  #nameSlots(name: NameRef, refs: readonly SlotRef[]): void {
    if (name.ranges === undefined) {
      const [ref] = refs;
      if (ref === undefined) return;
      if (this.#named.has(name.base)) {
        this.#diagnostics.add(name.offset, `a second capability "${name.base}"`);
      }
      this.#named.set(name.base, ref);
      return;
    }
    this.#namedArrays.set(name.base, refs.length);
    refs.forEach((ref, index) => this.#named.set(`${name.base}[${index}]`, ref));
  }

  #slotRefs(node: SlotRefNode, offset: number): readonly SlotRef[] {
    if ("container" in node) {
      return this.#table
        .names(node.container, "container")
        .map((container) => ({ container, slot: node.slot }));
    }
    const { capName } = node;
    const names = expand(capName, this.#namedArrays.get(capName.base)) ?? [""];
    return names.flatMap((name) => {
      const ref = this.#named.get(name);
      if (ref !== undefined) return [ref];
      this.#diagnostics.add(
        capName.offset === 0 ? offset : capName.offset,
        `unknown capability "${refText(capName)}"`,
      );
      return [];
    });
  }

  #resolveCopy(copy: PendingCopy, visiting: Set<PendingCopy>): void {
    const { container, slot, mapping } = copy;
    const key = `${container} ${slot}`;
    if (!this.#copies.has(key)) return;
    if (visiting.has(copy)) {
      this.#copies.delete(key);
      this.#diagnostics.add(mapping.offset, `cyclic copy in slot ${slot} of ${container}`);
      return;
    }
    visiting.add(copy);
    const sources = this.#slotRefs({ capName: mapping.target }, mapping.offset);
    sources.forEach((source, index) => {
      const inner = this.#copies.get(`${source.container} ${source.slot}`);
      if (inner !== undefined) this.#resolveCopy(inner, visiting);
      const cap = this.#table.slots(source.container)?.get(source.slot)?.cap;
      // A copy that could not be made, for instance in a cycle, was reported where that was noticed.
      if (cap === undefined) {
        if (inner === undefined) {
          this.#diagnostics.add(
            mapping.offset,
            `nothing to copy in slot ${source.slot} of ${source.container}`,
          );
        }
        return;
      }
      this.#put({ container, slot: slot + index }, this.#masked(cap, mapping), mapping.offset);
    });
    this.#copies.delete(key);
  }

  #masked(cap: SpecCap, { parameters }: MappingNode): SpecCap {
    const masked = this.#allow("copy", parameters, ["masked"]).get("masked");
    if (cap.kind !== "object" || typeof masked !== "number") return cap;
    return { ...cap, rights: (cap.rights ?? 0) & masked };
  }

  #cdtNode(node: CdtNode): void {
    for (const child of node.children) {
      this.#derive(node.slot, this.#slotRefs(child.slot, child.offset), child.offset);
      if (child.children.length > 0) this.#cdtNode(child);
    }
  }

  #derive(parent: SlotRefNode, children: readonly SlotRef[], offset: number): void {
    const [from, ...more] = this.#slotRefs(parent, offset);
    if (from === undefined) return;
    if (more.length > 0) {
      this.#diagnostics.add(offset, "a parent is one slot");
      return;
    }
    for (const child of children) {
      const key = `${child.container} ${child.slot}`;
      const other = this.#parentOf.get(key);
      if (other === undefined) {
        this.#parentOf.set(key, from);
        this.cdt.push({ parent: from, child });
      } else if (!isSame(other, from)) {
        this.#diagnostics.add(offset, `slot ${child.slot} of ${child.container} has two parents`);
      }
    }
  }

  #bindIrqs(module: ModuleNode): void {
    const bound = new Set<number>();
    let next = 0;
    for (const { slot, target } of module.irqs) {
      let irq = slot ?? next;
      for (const object of this.#table.names(target)) {
        if (bound.has(irq))
          this.#diagnostics.add(target.offset, `interrupt ${irq} is mapped already`);
        bound.add(irq);
        if (this.#table.get(object)?.kind !== "irq") {
          this.#diagnostics.add(target.offset, `${object} is no irq object`);
        }
        this.irqs.push({ irq, object });
        irq += 1;
      }
      next = irq;
    }
    this.irqs.sort((a, b) => a.irq - b.irq);
  }
}

function isSame(a: SlotRef, b: SlotRef): boolean {
  return a.slot === b.slot && a.container === b.container;
}
