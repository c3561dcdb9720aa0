import { allocationOrder } from "../allocation-order.ts";
import { type CapdlDialect } from "../dialect.ts";
import { type FrameFill, type SpecObject, type SpecSlot } from "../spec.ts";
import { type NameRef, type ObjectNode, type Parameter, type RawFill } from "./ast.ts";
import { type Diagnostics } from "./diagnostics.ts";

/** An object while its slots and children are still being found. */
interface Draft {
  readonly object: SpecObject;
  readonly slots: Map<number, SpecSlot>;
  readonly children: Set<string>;
}

/** Kinds of capDL-tool that this package has no model for. */
const FOREIGN_TYPES: readonly string[] = [
  "pd",
  "pdpt",
  "pml4",
  "pud",
  "pgd",
  "vcpu",
  "io_ports",
  "io_device",
  "io_pt",
  "arm_io_device",
  "ioapic_irq",
  "msi_irq",
  "arm_irq",
  "arm_sgi_signal",
  "streamid",
  "contextbank",
  "smc",
];

/** The most elements of an array, so that a slip of the pen does not fill memory. */
const MAX_ARRAY = 1_000_000;

/** Objects by name; elements of arrays are called `name[index]`. */
export class ObjectTable {
  readonly #drafts = new Map<string, Draft>();
  readonly #arrays = new Map<string, number>();
  readonly #diagnostics: Diagnostics;
  readonly #dialect: CapdlDialect;
  readonly #covers: { readonly parents: readonly string[]; readonly child: NameRef }[] = [];

  constructor(diagnostics: Diagnostics, dialect: CapdlDialect) {
    this.#diagnostics = diagnostics;
    this.#dialect = dialect;
  }

  get(name: string): SpecObject | undefined {
    return this.#drafts.get(name)?.object;
  }

  slots(name: string): Map<number, SpecSlot> | undefined {
    return this.#drafts.get(name)?.slots;
  }

  /** Names of a reference; an empty list, and a diagnostic, when there is no such object. */
  names(ref: NameRef, what = "object"): readonly string[] {
    const names = expand(ref, this.#arrays.get(ref.base));
    if (names?.every((name) => this.#drafts.has(name)) === true) return names;
    this.#diagnostics.add(ref.offset, `unknown ${what} "${refText(ref)}"`);
    return [];
  }

  declareAll(nodes: readonly ObjectNode[]): void {
    for (const node of nodes) this.#declare(node, []);
    for (const { parents, child } of this.#covers) {
      for (const name of this.names(child, "child")) {
        for (const parent of parents) this.#drafts.get(parent)?.children.add(name);
      }
    }
  }

  /** The finished objects in allocation order. */
  objects(): readonly SpecObject[] {
    return allocationOrder(
      [...this.#drafts.values()].map(({ object, slots, children }): SpecObject => {
        const ordered = [...slots.values()].sort((a, b) => a.slot - b.slot);
        if ("slots" in object) return { ...object, slots: ordered };
        return object.kind === "ut" ? { ...object, children: [...children] } : object;
      }),
    );
  }

  #declare(node: ObjectNode, outer: readonly string[]): void {
    let parents = outer;
    for (const step of node.path) parents = this.#declareUntyped(step, [], parents);
    const { type, name, children, parameters } = node;
    if (children !== undefined && type !== "ut") {
      this.#diagnostics.add(node.offset, `${type} cannot have children`);
    }
    if (type === "ut") {
      const own = this.#declareUntyped(name, parameters, parents);
      for (const child of children ?? []) {
        if ("type" in child) this.#declare(child, own);
        else this.#covers.push({ parents: own, child });
      }
      return;
    }
    for (const full of this.#declaredNames(name)) {
      const object = this.#object(full, node);
      if (object !== undefined) this.#add(object, name);
      for (const parent of parents) this.#drafts.get(parent)?.children.add(full);
    }
  }

  /** Declares an untyped, or adds to one that is declared. Returns the names. */
  #declareUntyped(
    ref: NameRef,
    parameters: readonly Parameter[],
    parents: readonly string[],
  ): readonly string[] {
    // One element of an array that was declared before, or a new name.
    const element = refText(ref);
    const known = this.#drafts.has(element) ? [element] : this.#declaredNames(ref);
    const values = this.#parameters("ut", parameters, ["bits", "paddr"]);
    for (const name of known) {
      const old = this.#drafts.get(name);
      if (old !== undefined && old.object.kind !== "ut") {
        this.#diagnostics.add(ref.offset, `${name} is no untyped`);
        continue;
      }
      const before = old?.object.kind === "ut" ? old.object : undefined;
      const paddr = numberOf(values, "paddr") ?? before?.paddr;
      const object: SpecObject = {
        kind: "ut",
        name,
        sizeBits: numberOf(values, "bits") ?? before?.sizeBits ?? 0,
        children: [],
        ...(paddr === undefined ? {} : { paddr }),
      };
      this.#drafts.set(name, {
        object,
        slots: new Map(),
        children: old?.children ?? new Set(),
      });
      for (const parent of parents) this.#drafts.get(parent)?.children.add(name);
    }
    return known;
  }

  /** Names that a declaration makes: one, or those of an array. */
  #declaredNames(ref: NameRef): readonly string[] {
    const { base, ranges, offset } = ref;
    if (ranges === undefined) return [base];
    const [range, ...more] = ranges;
    const count = range?.to;
    if (count === undefined || range?.from !== count || more.length > 0) {
      this.#diagnostics.add(offset, `${base}: an array is declared with its length`);
      return [];
    }
    if (count === 0 || count > MAX_ARRAY) {
      this.#diagnostics.add(offset, `${base}: an array of ${count} elements`);
      return [];
    }
    this.#arrays.set(base, Math.max(count, this.#arrays.get(base) ?? 0));
    return Array.from({ length: count }, (_, index) => `${base}[${index}]`);
  }

  #add(object: SpecObject, ref: NameRef): void {
    if (this.#drafts.has(object.name)) {
      this.#diagnostics.add(ref.offset, `a second object "${object.name}"`);
      return;
    }
    this.#drafts.set(object.name, { object, slots: new Map(), children: new Set() });
  }

  #object(name: string, node: ObjectNode): SpecObject | undefined {
    const { type, parameters, offset } = node;
    switch (type) {
      case "ep":
      case "notification":
      case "rtreply":
        this.#parameters(type, parameters, []);
        return { kind: type, name };
      case "pt":
      case "irq":
        this.#parameters(type, parameters, []);
        return { kind: type, name, slots: [] };
      case "cnode": {
        const allowed = this.#dialect === "cantrip" ? ["bits", "untyped"] : ["bits"];
        const values = this.#parameters(type, parameters, allowed);
        const sizeBits = numberOf(values, "bits");
        if (sizeBits === undefined) this.#diagnostics.add(offset, `${name}: cnode needs its size`);
        // A CNode of one slot is how the language spells an interrupt.
        if (sizeBits === 0) return { kind: "irq", name, slots: [] };
        const hasUntypedMemory = values.get("untyped") === true;
        return { kind: type, name, sizeBits: sizeBits ?? 1, hasUntypedMemory, slots: [] };
      }
      case "asid_pool": {
        const asidHigh = numberOf(this.#parameters(type, parameters, ["asid_high"]), "asid_high");
        return { kind: type, name, slots: [], ...(asidHigh === undefined ? {} : { asidHigh }) };
      }
      case "sc":
        return this.#schedContext(name, node);
      case "frame":
        return this.#frame(name, node);
      case "tcb":
        return this.#tcb(name, node);
      default:
        this.#diagnostics.add(
          offset,
          FOREIGN_TYPES.includes(type)
            ? `objects of type ${type} are not supported`
            : `unknown type of object ${type}`,
        );
        return undefined;
    }
  }

  #schedContext(name: string, { parameters, offset }: ObjectNode): SpecObject {
    const values = this.#parameters("sc", parameters, ["period", "budget", "data", "bits"]);
    const periodUs = numberOf(values, "period");
    const budgetUs = numberOf(values, "budget");
    if ((periodUs === undefined) !== (budgetUs === undefined)) {
      this.#diagnostics.add(offset, `${name}: period and budget go together`);
    }
    return {
      kind: "sc",
      name,
      sizeBits: numberOf(values, "bits") ?? 0,
      periodUs: periodUs ?? 0,
      budgetUs: budgetUs ?? 0,
      data: numberOf(values, "data") ?? 0,
    };
  }

  #frame(name: string, { parameters, offset }: ObjectNode): SpecObject {
    const values = this.#parameters("frame", parameters, ["size", "paddr", "fill"]);
    const size = numberOf(values, "size") ?? 0;
    const sizeBits = Math.log2(size);
    if (!Number.isInteger(sizeBits)) {
      this.#diagnostics.add(offset, `${name}: frame needs a size that is a power of two`);
    }
    const paddr = numberOf(values, "paddr");
    const raw = (values.get("fill") ?? []) as readonly RawFill[];
    return {
      kind: "frame",
      name,
      sizeBits: Number.isInteger(sizeBits) ? sizeBits : 12,
      fill: raw.flatMap((fill) => this.#fill(fill)),
      ...(paddr === undefined ? {} : { paddr }),
    };
  }

  #fill({ words, offset }: RawFill): readonly FrameFill[] {
    const [dest, length, kind, source = "", sourceOffset] = words;
    const [destOffset, destLength, at] = [dest, length, sourceOffset].map(Number);
    const file = /^"([^"]*)"$/.exec(source)?.[1];
    const id = /^CDL_FrameFill_BootInfo_(\w+)$/.exec(source)?.[1];
    const isWhole =
      words.length === 5 &&
      [destOffset, destLength, at].every((value) => Number.isSafeInteger(value));
    if (isWhole && destOffset !== undefined && destLength !== undefined && at !== undefined) {
      if (kind === "CDL_FrameFill_FileData" && file !== undefined) {
        return [{ kind: "file", destOffset, destLength, file, fileOffset: at }];
      }
      if (kind === "CDL_FrameFill_BootInfo" && id !== undefined) {
        return [{ kind: "bootinfo", destOffset, destLength, id, sourceOffset: at }];
      }
    }
    this.#diagnostics.add(offset, `fill "${words.join(" ")}" is not understood`);
    return [];
  }

  #tcb(name: string, { parameters, offset }: ObjectNode): SpecObject {
    const info = ["addr", "ip", "sp", "prio", "max_prio", "affinity"];
    const values = this.#parameters("tcb", parameters, [
      ...info,
      "resume",
      "dom",
      "fault_ep",
      "init",
      ...(this.#dialect === "upstream" ? ["fpu_disabled"] : []),
    ]);
    const given = info.filter((key) => values.has(key));
    const isPair = given.length === 2 && values.has("addr") && values.has("affinity");
    const isComplete = given.length === info.length || isPair;
    const needsInfo = values.has("resume") || values.has("fpu_disabled");
    if (!isComplete && (given.length > 0 || needsInfo)) {
      this.#diagnostics.add(
        offset,
        `${name}: a tcb has none, addr and affinity, or all of ${info.join(", ")}`,
      );
    }
    const domain = numberOf(values, "dom");
    const faultEp = numberOf(values, "fault_ep");
    const fpuDisabled = values.get("fpu_disabled");
    return {
      kind: "tcb",
      name,
      slots: [],
      addr: numberOf(values, "addr") ?? 0,
      ip: numberOf(values, "ip") ?? 0,
      sp: numberOf(values, "sp") ?? 0,
      // capDL-tool's defaults.
      prio: numberOf(values, "prio") ?? 125,
      maxPrio: numberOf(values, "max_prio") ?? 125,
      affinity: numberOf(values, "affinity") ?? 0,
      resume: values.get("resume") !== false,
      init: (values.get("init") ?? []) as readonly number[],
      ...(domain === undefined ? {} : { domain }),
      ...(faultEp === undefined ? {} : { faultEp }),
      ...(typeof fpuDisabled === "boolean" ? { fpuDisabled } : {}),
    };
  }

  /** Parameters by key; others than the allowed and second ones are reported. */
  #parameters(
    type: string,
    parameters: readonly Parameter[],
    allowed: readonly string[],
  ): ReadonlyMap<string, Parameter["value"]> {
    const values = new Map<string, Parameter["value"]>();
    for (const { key, value, offset } of parameters) {
      if (!allowed.includes(key)) this.#diagnostics.add(offset, `${type} has no parameter ${key}`);
      else if (values.has(key)) this.#diagnostics.add(offset, `a second ${key}`);
      values.set(key, value);
    }
    return values;
  }
}

/** Text of a reference. */
export function refText({ base, ranges }: NameRef): string {
  if (ranges === undefined) return base;
  const texts = ranges.map(({ from, to }) =>
    from === to ? `${from ?? ""}` : `${from ?? ""}..${to ?? ""}`,
  );
  return `${base}[${texts.join(", ")}]`;
}

/** Names of a reference into an array of `count` elements (or none); `undefined` when out of bounds. */
export function expand(ref: NameRef, count: number | undefined): readonly string[] | undefined {
  const { base, ranges } = ref;
  if (ranges === undefined) return [base];
  if (count === undefined) return undefined;
  const names: string[] = [];
  for (const { from = 0, to = count - 1 } of ranges.length === 0 ? [{}] : ranges) {
    if (from >= count || to >= count) return undefined;
    const step = from <= to ? 1 : -1;
    for (let index = from; index !== to + step; index += step) names.push(`${base}[${index}]`);
  }
  return names;
}

function numberOf(
  values: ReadonlyMap<string, Parameter["value"]>,
  key: string,
): number | undefined {
  const value = values.get(key);
  return typeof value === "number" ? value : undefined;
}
