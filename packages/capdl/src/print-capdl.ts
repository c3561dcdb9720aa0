import { compareNames, splitName } from "./allocation-order.ts";
import { BOOT_INFO_FILL, type CapdlDialect } from "./dialect.ts";
import {
  type DomainSchedule,
  type FrameFill,
  type SlotRef,
  type Spec,
  type SpecCap,
  type SpecObject,
  SpecRight,
  type SpecSlot,
  type TcbObject,
  type UntypedObject,
} from "./spec.ts";

/** How {@link printCapdl} prints. */
export interface PrintOptions {
  readonly dialect: CapdlDialect;
}

/**
 * Prints a specification in the capDL language, laid out and sorted as capDL-tool's `-t` does.
 *
 * For `"upstream"`, what only CantripOS's fork accepts is left out: flags of CNodes, rights of reply capabilities, the
 * boot info fill. Elements of an array that is not whole (`a[3]` without `a[0]`) are renamed (`a.3`), because the language
 * cannot declare them.
 */
export function printCapdl(spec: Spec, options: PrintOptions): string {
  return new Printer(spec, options.dialect).text();
}

class Printer {
  readonly #spec: Spec;
  readonly #isCantrip: boolean;
  readonly #kinds: ReadonlyMap<string, SpecObject["kind"]>;
  /** Number of elements by name, of arrays that can be declared as such. */
  readonly #arrays: ReadonlyMap<string, number>;

  constructor(spec: Spec, dialect: CapdlDialect) {
    this.#spec = spec;
    this.#isCantrip = dialect === "cantrip";
    this.#kinds = new Map(spec.objects.map((object) => [object.name, object.kind]));
    this.#arrays = this.#findArrays();
  }

  text(): string {
    const { arch, irqs, domains } = this.#spec;
    const objects = [...this.#spec.objects].sort((a, b) => compareNames(a.name, b.name));
    const plain = objects.filter((object) => object.kind !== "ut");
    const untypeds = objects.filter((object) => object.kind === "ut");
    const bindings = [...irqs].sort((a, b) => a.irq - b.irq);
    return [
      `arch ${arch}\n\nobjects {\n\n`,
      ...plain.map((object) => this.#declaration(object)),
      "\n",
      ...untypeds.map((object) => this.#untyped(object)),
      "\n} caps {\n\n",
      ...objects.map((object) =>
        "slots" in object ? this.#container(object.name, object.slots) : "",
      ),
      "} cdt {\n\n",
      this.#derivations(),
      "} irq maps {\n\n",
      ...bindings.map(({ irq, object }) => `  ${irq}: ${this.#name(object)}\n`),
      bindings.length === 0 ? "" : "  \n",
      "}\n",
      domains === undefined || this.#isCantrip ? "" : domainText(domains),
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
      found.texts.add(this.#parameters(object));
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

  /** The name as declared, once for an array; `undefined` for its other elements. */
  #declaredName(name: string): string | undefined {
    const { base, index } = splitName(name);
    const count = this.#arrays.get(base);
    if (index < 0 || count === undefined) return this.#name(name);
    return index === 0 ? `${base}[${count}]` : undefined;
  }

  #declaration(object: SpecObject): string {
    const name = this.#declaredName(object.name);
    return name === undefined ? "" : `  ${name} = ${this.#parameters(object)}\n`;
  }

  #untyped(object: UntypedObject): string {
    const declared = this.#declaredName(object.name);
    const parameters = this.#parameters(object);
    const children = object.children.map((child) => this.#name(child)).join(", ");
    const isElement = declared !== this.#name(object.name);
    if (isElement) {
      // An array is declared first, then its elements get their children.
      const declaration = declared === undefined ? "" : `  ${declared} = ${parameters}\n`;
      return children === ""
        ? declaration
        : `${declaration}  ${object.name} = ${parameters} {${children}}\n`;
    }
    return `  ${declared} = ${parameters}${children === "" ? "" : ` {${children}}`}\n`;
  }

  #parameters(object: SpecObject): string {
    switch (object.kind) {
      case "cnode":
        if (!this.#isCantrip) return `cnode (${object.sizeBits} bits)`;
        return `cnode (${object.sizeBits} bits, untyped: ${object.hasUntypedMemory ? "True" : "False"})`;
      case "tcb":
        return this.#tcb(object);
      case "frame": {
        const fills = object.fill
          .filter((fill) => this.#isCantrip || fill.kind === "file" || fill.id !== BOOT_INFO_FILL)
          .map(fillText);
        return list("frame", [
          object.sizeBits >= 20
            ? `${2 ** (object.sizeBits - 20)}M`
            : `${2 ** (object.sizeBits - 10)}k`,
          ...(object.paddr === undefined ? [] : [`paddr: ${hex(object.paddr)}`]),
          `fill: [${fills.join(", ")}]`,
        ]);
      }
      case "sc":
        return list("sc", [
          `period: ${object.periodUs}`,
          `budget: ${object.budgetUs}`,
          `data: ${object.data}`,
          ...(object.sizeBits === 0 ? [] : [`${object.sizeBits} bits`]),
        ]);
      case "ut":
        return list("ut", [
          ...(object.sizeBits === 0 ? [] : [`${object.sizeBits} bits`]),
          ...(object.paddr === undefined ? [] : [`paddr: ${hex(object.paddr)}`]),
        ]);
      case "asid_pool":
        return list(
          "asid_pool",
          object.asidHigh === undefined ? [] : [`asid_high: ${hex(object.asidHigh)}`],
        );
      default:
        return object.kind;
    }
  }

  #tcb(tcb: TcbObject): string {
    const { addr, ip, sp, prio, maxPrio, affinity, resume, domain, faultEp, fpuDisabled } = tcb;
    const dom = this.#isCantrip ? domain : (domain ?? 0);
    return list("tcb", [
      `addr: ${addr}`,
      `ip: ${ip}`,
      `sp: ${sp}`,
      `prio: ${prio}`,
      `max_prio: ${maxPrio}`,
      `affinity: ${affinity}`,
      ...(resume ? [] : ["resume: False"]),
      ...(fpuDisabled === undefined || this.#isCantrip
        ? []
        : [`fpu_disabled: ${fpuDisabled ? "True" : "False"}`]),
      ...(faultEp === undefined ? [] : [`fault_ep: ${faultEp}`]),
      ...(dom === undefined ? [] : [`dom: ${dom}`]),
      ...(tcb.init.length === 0 ? [] : [`init: [${tcb.init.join(", ")}]`]),
    ]);
  }

  #container(name: string, slots: readonly SpecSlot[]): string {
    if (slots.length === 0) return "";
    const lines = [...slots]
      .sort((a, b) => a.slot - b.slot)
      .map(({ slot, cap }) => `${slot}: ${this.#cap(cap)}`);
    const body = lines.length === 1 ? (lines[0] ?? "") : `\n    ${lines.join("\n    ")}\n  `;
    return `  ${this.#name(name)} {${body}}\n  \n`;
  }

  #cap(cap: SpecCap): string {
    if (cap.kind === "sched_control") return `sched_control (core: ${cap.core})`;
    if (cap.kind !== "object") return cap.kind;
    const kind = this.#kinds.get(cap.object);
    const rights = kind === "rtreply" && !this.#isCantrip ? 0 : (cap.rights ?? 0);
    const { badge = 0, guard = 0, guardSize = 0, mapping, asid } = cap;
    return list(this.#name(cap.object), [
      ...(badge === 0 ? [] : [`badge: ${badge}`]),
      ...(rights === 0 ? [] : [rightsText(rights, kind === "frame")]),
      ...(guard === 0 ? [] : [`guard: ${guard}`]),
      ...(guardSize === 0 ? [] : [`guard_size: ${guardSize}`]),
      ...(cap.reply === undefined ? [] : [cap.reply]),
      ...(asid === undefined ? [] : [`asid: (${hex(asid.high)}, ${hex(asid.low)})`]),
      ...(cap.cached === false ? ["uncached"] : []),
      ...(mapping === undefined ? [] : [`mapping: ${this.#slotRef(mapping)}`]),
    ]);
  }

  #derivations(): string {
    const children = new Map<string, string[]>();
    for (const { parent, child } of this.#spec.cdt ?? []) {
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

  #slotRef({ container, slot }: SlotRef): string {
    return `(${this.#name(container)}, ${slot})`;
  }
}

function list(head: string, items: readonly string[]): string {
  return items.length === 0 ? head : `${head} (${items.join(", ")})`;
}

function fillText(fill: FrameFill): string {
  const place = `${fill.destOffset} ${fill.destLength}`;
  return fill.kind === "file"
    ? `{${place} CDL_FrameFill_FileData "${fill.file}" ${fill.fileOffset}}`
    : `{${place} CDL_FrameFill_BootInfo CDL_FrameFill_BootInfo_${fill.id} ${fill.sourceOffset}}`;
}

function rightsText(rights: number, isFrame: boolean): string {
  const letters: readonly [number, string][] = [
    [SpecRight.read, "R"],
    [SpecRight.write, "W"],
    [SpecRight.grant, isFrame ? "X" : "G"],
    [SpecRight.grantReply, "P"],
  ];
  return letters.map(([bit, letter]) => ((rights & bit) === 0 ? "" : letter)).join("");
}

function domainText({ schedule, start, indexShift }: DomainSchedule): string {
  const entries = schedule.map(([domain, duration]) => `(${domain}, ${duration})`).join(", ");
  return `\ndomains {\n  schedule: [${entries}]\n  domain_set_start: ${start}\n  index_shift: ${indexShift}\n}\n`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
