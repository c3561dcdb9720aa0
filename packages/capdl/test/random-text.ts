import { type CapdlArch, type CapdlDialect } from "@cantrip/capdl";

/** Choices from a seed: 32 bits of xorshift. */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
    for (let round = 0; round < 8; round++) this.below(1);
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % count;
  }

  /** Once in `count` times. */
  once(count: number): boolean {
    return this.below(count) === 0;
  }

  of<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

const ARCHES = ["riscv", "arm11", "aarch64", "ia32", "x86_64"] as const;
const EVERYWHERE = "ep notification tcb cnode ut irq asid_pool pd pt frame sc rtreply".split(" ");
const KINDS: Readonly<Record<CapdlArch, readonly string[]>> = {
  riscv: EVERYWHERE,
  ia32: [..."vcpu io_ports io_device io_pt ioapic_irq msi_irq".split(" "), ...EVERYWHERE],
  x86_64: [..."vcpu io_ports io_device io_pt msi_irq pml4 pdpt".split(" "), ...EVERYWHERE],
  arm11: [..."vcpu arm_io_device arm_irq".split(" "), ...EVERYWHERE],
  aarch64: [..."vcpu arm_io_device arm_irq pud pgd streamid contextbank".split(" "), ...EVERYWHERE],
};
const CONTAINERS =
  "tcb cnode irq asid_pool pd pt pml4 pdpt pud pgd io_pt io_device arm_io_device ioapic_irq msi_irq arm_irq".split(
    " ",
  );
const TABLES = ["pd", "pt", "pml4", "pdpt", "pud", "pgd"];

interface Made {
  readonly name: string;
  readonly kind: string;
  /** Elements of an array; 0: it is none. */
  readonly count: number;
}

/** A text of the language and its dialect; all of it is right. */
export function randomText(seed: number): {
  readonly text: string;
  readonly dialect: CapdlDialect;
} {
  const choices = new Choices(seed);
  const dialect = choices.of<CapdlDialect>(["upstream", "cantrip"]);
  return { text: new Writer(choices, dialect).text(), dialect };
}

class Writer {
  readonly #choices: Choices;
  readonly #isCantrip: boolean;
  /** As generators lay it out, one declaration or mapping on a line; or any way the language allows. */
  readonly #isPlain: boolean;
  readonly #made: Made[] = [];

  constructor(choices: Choices, dialect: CapdlDialect) {
    this.#choices = choices;
    this.#isCantrip = dialect === "cantrip";
    this.#isPlain = choices.once(2);
  }

  text(): string {
    const choices = this.#choices;
    const arch = choices.of(ARCHES);
    const kinds = KINDS[arch];
    const declarations: string[] = [];
    const count = 2 + choices.below(24);
    for (let index = 0; index < count; index++) {
      const kind = kinds[choices.below(kinds.length)] ?? "ep";
      declarations.push(this.#declaration(this.#name(index), kind));
    }
    const containers = this.#made.filter(({ kind }) => CONTAINERS.includes(kind));
    const caps = containers.flatMap((made) =>
      made.count === 0
        ? [this.#container(made.name, made.kind)]
        : [this.#container(`${made.name}[${choices.below(made.count)}]`, made.kind)],
    );
    const sections = [
      `objects${this.#space()}{${this.#lines(declarations)}}`,
      `caps${this.#space()}{${this.#lines(caps)}}`,
      `irq maps${this.#space()}{${this.#lines(this.#irqs())}}`,
    ];
    if (choices.once(3)) sections.push(`cdt${this.#space()}{${this.#cdt(containers)}}`);
    if (!this.#isCantrip && choices.once(4))
      sections.push("domains { schedule: [(0, 10), (1, 0x14), (0, 0)] domain_set_start: 1 }");
    // Any order is right.
    if (!this.#isPlain && choices.once(3)) sections.reverse();
    return `arch ${arch}\n\n${sections.join("\n\n")}\n`;
  }

  #name(index: number): string {
    const stem = this.#choices.of([
      "frame_a_group_bin_",
      "a",
      "é",
      "T-x.",
      "component_0_ep@",
      "tcb",
    ]);
    return `${stem}${String(index).padStart(4, "0")}`;
  }

  #declaration(name: string, kind: string): string {
    const choices = this.#choices;
    const count = choices.once(6) ? 1 + choices.below(4) : 0;
    const parameters = this.#parameters(kind);
    let rest = parameters.length === 0 ? "" : ` (${parameters.join(this.#comma())})`;
    if (kind === "ut" && count === 0) {
      const children = this.#made.filter((made) => made.kind === "ep" && choices.once(3));
      if (children.length > 0)
        rest += ` {${children.map((made) => `${made.name}${made.count > 0 ? "[]" : ""}`).join(", ")}}`;
    }
    this.#made.push({ name, kind, count });
    return `${name}${count > 0 ? `[${count}]` : ""}${this.#isPlain ? " = " : `${this.#space()}=${this.#space()}`}${kind}${rest}`;
  }

  #parameters(kind: string): readonly string[] {
    const choices = this.#choices;
    const number = (): string => this.#number();
    const maybe = (...texts: readonly string[]): readonly string[] =>
      choices.once(2) ? texts : [];
    switch (kind) {
      case "tcb": {
        if (choices.once(4)) return [];
        const all = ["addr", "ip", "sp", "prio", "max_prio", "affinity"];
        return [
          ...all.map((field) => `${field}: ${number()}`),
          ...maybe(`resume: ${choices.of(["True", "False"])}`),
          ...(this.#isCantrip ? [] : maybe("fpu_disabled: True")),
          ...maybe(`dom: ${number()}`),
          ...maybe(`fault_ep: ${number()}`),
          ...maybe(`init: [${Array.from({ length: choices.below(3) }, number).join(", ")}]`),
        ];
      }
      case "cnode":
        return [
          `${choices.below(6)} bits`,
          ...(this.#isCantrip ? maybe(`untyped: ${choices.of(["True", "False"])}`) : []),
        ];
      case "ut":
        return [`${4 + choices.below(30)} bits`, ...maybe(`paddr: ${number()}`)];
      case "frame":
        return [
          choices.of(["4k", "4k", "4k", "64k", "2M", "0x4M", "1024M"]),
          ...maybe(`paddr: ${number()}`),
          ...maybe(`fill: [${this.#fill()}]`),
        ];
      case "sc":
        return [
          ...maybe(`period: ${number()}`, `budget: ${number()}`, `data: ${number()}`),
          ...maybe(`${choices.below(12)} bits`),
        ];
      case "asid_pool":
        return maybe(`asid_high: ${number()}`);
      case "io_pt":
        return [`level: ${number()}`];
      case "io_ports":
        return [`ports: [${number()}..${number()}]`];
      case "io_device":
        return [
          `domainID: ${number()}`,
          `${choices.below(256)}:0x${choices.below(32).toString(16)}.${choices.below(8)}`,
        ];
      case "arm_io_device":
        return [`iospace: ${number()}`];
      case "ioapic_irq":
        return ["num", "pin", "level", "polarity"].map((what) => `ioapic_${what}: ${number()}`);
      case "msi_irq":
        return ["handle", "pci_bus", "pci_dev", "pci_fun"].map(
          (what) => `msi_${what}: ${number()}`,
        );
      case "arm_irq":
        return [`trigger: ${choices.of(["level", "edge"])}`, `target: ${number()}`];
      case "contextbank":
        return maybe(`bank: ${number()}`);
      default:
        return [];
    }
  }

  #fill(): string {
    const choices = this.#choices;
    const file = `{${choices.below(5000)} ${choices.below(5000)} CDL_FrameFill_FileData "a_group_bin" ${this.#number()}}`;
    return choices.of([
      "",
      file,
      `{0 4096 CDL_FrameFill_FileData "b" 4096}`,
      `${file}, ${file}`,
      "{0 4096 CDL_FrameFill_BootInfo CDL_FrameFill_BootInfo_FDT 0}",
      "{some words}",
    ]);
  }

  #container(name: string, kind: string): string {
    const choices = this.#choices;
    const lines: string[] = [];
    let slot = choices.below(3);
    const count = choices.below(8);
    const names: string[] = [];
    let hasCopy = false;
    for (let index = 0; index < count && slot <= 9; index++) {
      const target = this.#made[choices.below(this.#made.length)];
      if (target === undefined) continue;
      const isMany = target.count > 0 && choices.once(2);
      const object =
        target.count === 0
          ? target.name
          : `${target.name}[${isMany ? "" : choices.below(target.count)}]`;
      const place = this.#slot(kind, slot);
      const copied = names[0];
      if (copied !== undefined && !this.#isPlain && choices.once(5)) {
        lines.push(`${place}: <${copied}>${choices.of(["", " (masked: R)", " (masked: W G)"])}`);
        hasCopy = true;
      } else {
        const label = `n${this.#label(name)}_${slot}`;
        const isNamed = !this.#isPlain && !isMany && choices.once(4);
        if (isNamed) names.push(label);
        lines.push(
          `${place}: ${isNamed ? `${label} = ` : ""}${object}${this.#capParameters(target.kind)}`,
        );
      }
      slot += (isMany ? target.count : 1) + choices.below(2);
    }
    if (hasCopy || !this.#isPlain || !choices.once(3)) return `${name} {${this.#lines(lines)}}`;
    return `${name} {${this.#lines(lines.reverse())}}`;
  }

  #label(name: string): string {
    return name.replaceAll(/[[\]]/g, "_");
  }

  #slot(kind: string, slot: number): string {
    const symbols = ["cspace", "vspace", "reply_slot", "caller_slot", "ipc_buffer_slot"];
    if (kind === "tcb" && slot < symbols.length) return symbols[slot] ?? "";
    return this.#choices.of([`${slot}`, `0x${slot.toString(16)}`]);
  }

  #capParameters(kind: string): string {
    const choices = this.#choices;
    if (choices.once(4)) return "";
    const rights = choices.of(["R", "RW", "RWX", "RWGP", "WP", "W R", "G, R"]);
    const list = (...items: readonly string[]): string => ` (${items.join(this.#comma())})`;
    if (kind === "ep" || kind === "notification")
      return choices.of([
        list(rights),
        list(`badge: ${this.#number()}`, rights),
        list(rights, `badge: ${this.#number()}`),
        list(`badge: ${this.#number()}`),
      ]);
    if (kind === "frame") {
      const asid = `asid: (${this.#number()}, ${this.#number()})`;
      return choices.of([
        list(rights),
        list(rights),
        list(rights, "uncached"),
        list(rights, "cached", asid),
      ]);
    }
    if (kind === "cnode" || kind === "irq")
      return list(`guard: ${this.#number()}`, `guard_size: ${this.#number()}`);
    if (kind === "tcb") return choices.of(["", list("reply"), list("master_reply")]);
    if (kind === "rtreply" && this.#isCantrip) return list(rights);
    if (TABLES.includes(kind)) return list(`asid: (${this.#number()}, ${this.#number()})`);
    return "";
  }

  #irqs(): readonly string[] {
    const irqs = this.#made.filter(({ kind, count }) => kind === "irq" && count === 0);
    return irqs.map(({ name }, index) => `${index * 2}: ${name}`);
  }

  #cdt(containers: readonly Made[]): string {
    const single = containers.filter(({ count }) => count === 0);
    return single
      .map(({ name }, index) => `(${name}, 0) {(${name}, ${index + 1}); (${name}, ${index + 100})}`)
      .join("\n");
  }

  #number(): string {
    const choices = this.#choices;
    const value = choices.below(2 ** 31);
    return choices.of([
      `${value & 0xff}`,
      `0x${value.toString(16)}`,
      `${value}`,
      "0xffffffffffffffff",
      `0x${value.toString(16)}ffffffff`,
      `0o${(value & 0x1ff).toString(8)}`,
      "9007199254740993",
    ]);
  }

  #comma(): string {
    if (this.#isPlain) return this.#choices.of([", ", ","]);
    return `${this.#space()},${this.#space()}`;
  }

  #space(): string {
    if (this.#isPlain) return " ";
    return this.#choices.of([
      " ",
      "  ",
      "\n",
      "\t",
      " -- remark\n",
      " /* a /* nested */ remark */ ",
      "\r\n",
    ]);
  }

  #lines(lines: readonly string[]): string {
    if (this.#isPlain) return `\n${lines.join("\n")}\n`;
    return ` ${lines.map((line) => line + this.#space()).join(" ")}`;
  }
}
