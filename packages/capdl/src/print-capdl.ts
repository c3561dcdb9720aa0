import { compareNames, splitName } from "./allocation-order.ts";
import { type CapdlDialect } from "./dialect.ts";
import {
  type CapdlContainer,
  type CapdlObject,
  type CapdlSlot,
  type CapdlSpec,
  type CapdlUntyped,
  hasSlots,
} from "./model.ts";
import { capText } from "./print/cap-text.ts";
import { filled } from "./print/filled.ts";
import { rangesText } from "./print/ranges.ts";
import { parametersText } from "./print/object-text.ts";
import { type DomainSchedule, type SlotRef } from "./spec.ts";

/** How {@link printCapdl} prints. */
export interface PrintOptions {
  readonly dialect: CapdlDialect;
}

/**
 * Prints a specification in the capDL language, laid out and sorted as capDL-tool's `-t` does.
 *
 * What only the other dialect has is left out: for `"upstream"` flags of CNodes, rights of reply capabilities and the boot
 * info fill; for `"cantrip"` `fpu_disabled` and domains. Elements of an array that is not whole (`a[3]` without `a[0]`) are
 * renamed (`a.3`), because the language cannot declare them. Where capDL-tool prints what it cannot read, this does not:
 * triggers, `arm_io_device`, numbers from 2^63, ASIDs of every kind of table.
 */
export function printCapdl(spec: CapdlSpec, options: PrintOptions): string {
  return new Printer(spec, options.dialect).text();
}

class Printer {
  readonly #spec: CapdlSpec;
  readonly #dialect: CapdlDialect;
  readonly #kinds: ReadonlyMap<string, CapdlObject["kind"]>;
  /** Number of elements by name, of arrays that can be declared as such. */
  readonly #arrays: ReadonlyMap<string, number>;

  constructor(spec: CapdlSpec, dialect: CapdlDialect) {
    this.#spec = spec;
    this.#dialect = dialect;
    this.#kinds = new Map(spec.objects.map((object) => [object.name, object.kind]));
    this.#arrays = this.#findArrays();
  }

  text(): string {
    const { arch, domains } = this.#spec;
    const objects = [...this.#spec.objects].sort((a, b) => compareNames(a.name, b.name));
    const irqs = this.#irqs();
    return [
      `arch ${arch}\n\nobjects {\n\n`,
      ...objects.map((object) => (object.kind === "ut" ? "" : this.#declaration(object))),
      "\n",
      ...this.#untypeds(objects.filter((object) => object.kind === "ut")),
      "\n} caps {\n\n",
      ...this.#containers(objects.filter(hasSlots)),
      "} cdt {\n\n",
      this.#derivations(),
      "} irq maps {\n\n",
      ...irqs,
      irqs.length === 0 ? "" : "  \n",
      "}\n",
      domains === undefined || this.#dialect === "cantrip" ? "" : domainText(domains),
    ].join("");
  }

  #findArrays(): ReadonlyMap<string, number> {
    const declarations = new Map<string, { count: number; last: number; texts: Set<string> }>();
    for (const object of this.#spec.objects) {
      const { base, index } = splitName(object.name);
      if (index < 0) continue;
      const found = declarations.get(base) ?? { count: 0, last: 0, texts: new Set() };
      found.count += 1;
      found.last = Math.max(found.last, index);
      found.texts.add(parametersText(object, this.#dialect));
      declarations.set(base, found);
    }
    const whole = [...declarations].filter(
      ([base, { count, last, texts }]) =>
        count === last + 1 && texts.size === 1 && !this.#kinds.has(base),
    );
    return new Map(whole.map(([base, { count }]) => [base, count]));
  }

  #name(name: string): string {
    const { base, index } = splitName(name);
    return index < 0 || this.#arrays.has(base) ? name : `${base}.${index}`;
  }

  /** Name and index of an element of an array that can be declared. */
  #element(name: string): { readonly base: string; readonly index: number } {
    const split = splitName(name);
    return split.index >= 0 && this.#arrays.has(split.base)
      ? split
      : { base: this.#name(name), index: -1 };
  }

  /** The name as declared, once for an array; `undefined` for its other elements. */
  #declaredName(name: string): string | undefined {
    const { base, index } = this.#element(name);
    if (index < 0) return base;
    return index === 0 ? `${base}[${this.#arrays.get(base) ?? 1}]` : undefined;
  }

  #declaration(object: CapdlObject): string {
    const name = this.#declaredName(object.name);
    return name === undefined ? "" : `  ${name} = ${parametersText(object, this.#dialect)}\n`;
  }

  *#untypeds(untypeds: readonly CapdlUntyped[]): Iterable<string> {
    for (const untyped of untypeds) {
      const { base, index } = this.#element(untyped.name);
      if (index > 0) continue;
      const head = `  ${this.#declaredName(untyped.name) ?? base} = ${parametersText(untyped, this.#dialect)}`;
      if (index < 0) {
        yield `${this.#withChildren(head, untyped)}\n`;
        continue;
      }
      // An array is declared first, then its elements get their children.
      yield `${head}\n`;
      for (const element of untypeds) {
        if (this.#element(element.name).base !== base || element.children.length === 0) continue;
        const parameters = parametersText(element, this.#dialect);
        yield `${this.#withChildren(`  ${element.name} = ${parameters}`, element)}\n`;
      }
    }
  }

  #withChildren(head: string, { children }: CapdlUntyped): string {
    if (children.length === 0) return head;
    const names = this.#grouped(children, (child) => this.#element(child));
    return filled(
      `${head} {`,
      names.map(({ first, indices }) => `${this.#element(first).base}${rangesText(indices)}`),
      "}",
    );
  }

  /** Neighbours that are elements of one array, together. */
  #grouped(
    names: readonly string[],
    elementOf: (name: string) => { readonly base: string; readonly index: number },
  ): readonly { readonly first: string; readonly indices: readonly number[] }[] {
    const groups: { first: string; base: string; indices: number[] }[] = [];
    for (const name of names) {
      const { base, index } = elementOf(name);
      const last = groups.at(-1);
      if (last?.base === base && index >= 0) last.indices.push(index);
      else groups.push({ first: name, base, indices: index < 0 ? [] : [index] });
    }
    return groups;
  }

  /** Containers; elements of an array with equal contents together. */
  *#containers(containers: readonly CapdlContainer[]): Iterable<string> {
    const done = new Set<string>();
    const bodies = new Map<string, string>();
    const bodyOf = (container: CapdlContainer): string => {
      let body = bodies.get(container.name);
      if (body === undefined) {
        body = this.#body(container.slots);
        bodies.set(container.name, body);
      }
      return body;
    };
    const byBase = new Map<string, CapdlContainer[]>();
    for (const container of containers) {
      const { base, index } = this.#element(container.name);
      if (index < 0) continue;
      const list = byBase.get(base);
      if (list === undefined) byBase.set(base, [container]);
      else list.push(container);
    }
    for (const container of containers) {
      if (container.slots.length === 0 || done.has(container.name)) continue;
      const { base, index } = this.#element(container.name);
      const body = bodyOf(container);
      if (index < 0) {
        yield `  ${base} {${body}}\n  \n`;
        bodies.delete(container.name);
        continue;
      }
      const same = (byBase.get(base) ?? []).filter(
        (other) => !done.has(other.name) && bodyOf(other) === body,
      );
      for (const other of same) done.add(other.name);
      yield `  ${base}${rangesText(same.map(({ name }) => splitName(name).index))} {${body}}\n  \n`;
    }
  }

  #body(slots: readonly CapdlSlot[]): string {
    const lines = this.#slotLines([...slots].sort((a, b) => a.slot - b.slot));
    return lines.length === 1 ? (lines[0] ?? "") : `\n    ${lines.join("\n    ")}\n  `;
  }

  /** Lines of slots; neighbours that hold elements of one array with the same parameters together. */
  #slotLines(slots: readonly CapdlSlot[]): readonly string[] {
    const lines: string[] = [];
    for (let at = 0; at < slots.length;) {
      const item = slots[at];
      if (item === undefined) break;
      const { slot, cap } = item;
      const parameters = this.#parameters(cap);
      if (cap.kind !== "object") {
        lines.push(`${slot}: ${cap.kind}${parameters}`);
        at += 1;
        continue;
      }
      const { base, index } = this.#element(cap.object);
      const indices = index < 0 ? [] : [index];
      let next = at + 1;
      while (index >= 0) {
        const other = slots[next];
        if (other?.slot !== slot + next - at || other.cap.kind !== "object") break;
        const element = this.#element(other.cap.object);
        if (element.base !== base || element.index < 0) break;
        if (this.#parameters(other.cap) !== parameters) break;
        indices.push(element.index);
        next += 1;
      }
      lines.push(`${slot}: ${base}${rangesText(indices)}${parameters}`);
      at = next;
    }
    return lines;
  }

  #parameters(cap: CapdlSlot["cap"]): string {
    const kind = cap.kind === "object" ? this.#kinds.get(cap.object) : undefined;
    return capText(cap, kind, this.#dialect, (ref) => this.#slotRef(ref));
  }

  #derivations(): string {
    // capDL-tool keeps them by child; parents come in the order of their first child.
    const links = [...(this.#spec.cdt ?? [])].sort(
      (a, b) => compareNames(a.child.container, b.child.container) || a.child.slot - b.child.slot,
    );
    const children = new Map<string, string[]>();
    for (const { parent, child } of links) {
      const key = this.#slotRef(parent);
      const found = children.get(key);
      if (found === undefined) children.set(key, [this.#slotRef(child)]);
      else found.push(this.#slotRef(child));
    }
    return [...children]
      .map(([parent, list]) => {
        const body = list.length === 1 ? (list[0] ?? "") : `\n    ${list.join("\n    ")}\n  `;
        return `  ${parent} {${body}}\n  \n`;
      })
      .join("");
  }

  #irqs(): readonly string[] {
    const bindings = [...this.#spec.irqs].sort((a, b) => a.irq - b.irq);
    const lines: string[] = [];
    for (let at = 0; at < bindings.length;) {
      const { irq = 0, object = "" } = bindings[at] ?? {};
      const { base, index } = this.#element(object);
      const indices = index < 0 ? [] : [index];
      let next = at + 1;
      while (index >= 0) {
        const other = bindings[next];
        if (other?.irq !== irq + next - at) break;
        const element = this.#element(other.object);
        if (element.base !== base || element.index < 0) break;
        indices.push(element.index);
        next += 1;
      }
      lines.push(`  ${irq}: ${base}${rangesText(indices)}\n`);
      at = next;
    }
    return lines;
  }

  #slotRef({ container, slot }: SlotRef): string {
    return `(${this.#name(container)}, ${slot})`;
  }
}

function domainText({ schedule, start, indexShift }: DomainSchedule<number | bigint>): string {
  const entries = schedule.map(([domain, duration]) => `(${domain}, ${duration})`);
  const list = filled("  schedule: [", entries, "]");
  return `\ndomains {\n${list}\n  domain_set_start: ${start}\n  index_shift: ${indexShift}\n}\n`;
}
