import { existsSync, readFileSync } from "node:fs";
import {
  allocationOrder,
  checkSpec,
  loaderSpec,
  parseCapdl,
  printCapdl,
  type CapdlDialect,
  type CapdlSpec,
  type Spec,
} from "@cantrip/capdl";
import { SpecImageReader, writeSpecImage } from "@cantrip/capdl/image";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { smallSpec } from "./small-spec.ts";
import { withoutToolBugs } from "./tool-bugs.ts";

interface Probe {
  readonly spec: string;
  /** 0: capDL-tool accepted it. */
  readonly rc: number;
  readonly msg: string;
  /** What it printed. */
  readonly canonical: string | null;
}

const probes = JSON.parse(
  readFileSync(new URL("data/probes.json", import.meta.url), "utf8"),
) as Record<string, Probe>;

function parsed(text: string, dialect: CapdlDialect): CapdlSpec {
  const result = parseCapdl(text, { dialect });
  if (!result.ok) throw new Error(result.errors.map((error) => error.message).join("\n"));
  return result.spec;
}

/** As `--rules tool` has it. */
function isAccepted(text: string, dialect: CapdlDialect): boolean {
  const result = parseCapdl(text, { dialect });
  if (!result.ok || result.extensions.length > 0) return false;
  return checkSpec(result.spec, { rules: "tool", dialect }).length === 0;
}

function messages(text: string, dialect: CapdlDialect = "cantrip"): readonly string[] {
  const result = parseCapdl(text, { dialect });
  if (result.ok) return [];
  return result.errors.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** Arrays, ranges, named capabilities, derivations, nested untypeds. */
const everySyntax = `arch riscv
objects {
  a[4] = ep
  c = cnode (4 bits)
  d[2] = cnode (3 bits)
  u = ut (20 bits, paddr: 0x100000) { a[1..], v = ut (12 bits) { t = tcb } }
  u/v/n = notification
  w[2] = ut (5 bits)
  w[1] = ut { r }
  r = rtreply
}
caps {
  c { 0: a[3..1] (R) 5: first = a[0] (RW, badge: 7) 6: <first> (masked: R) 7: <there> - child_of first }
  d[] { a[..1] }
  d[1] { 4: c (guard: 1, guard_size: 3) }
  there = (c, 6)
  e = (c, 0)
}
cdt { e { (c, 1) { (c, 2) } } }`;

/** Further texts with parts that are seldom used, right and wrong. */
const seldomUsed: readonly (readonly [string, CapdlDialect])[] = [
  [
    `-- Dump
arch ia32
objects {
  untyped@0x1000@12 = ut (12 bits)
  ep@0x1000 = ep ep@0x1010 = ep ep@0x1020 = ep
  pd@0x2000 = pd pt@0x3000 = pt tcb@0x4000 = tcb tcb@0x4400 = tcb
  frame@0x5000 = frame (4k) frame@0x6000 = frame (4k)
  irqhandler@0x5 = irq cnode@0x7000 = cnode (2 bits)
} caps { cnode@0x7000 { 0x1: ep@0x1010 (RW) 0x2: irqhandler@0x5 } pt@0x3000 { 0: frame@0x6000 (R) } }
cdt { (cnode@0x7000, 1) { (cnode@0x7000, 2) } }`,
    "upstream",
  ],
  [
    `arch x86_64 objects {
  a = ioapic_irq (ioapic_num: 1, ioapic_pin: 2, ioapic_level: 0, ioapic_polarity: 1)
  b = msi_irq (msi_handle: 1, msi_pci_bus: 2, msi_pci_dev: 3, msi_pci_fun: 4)
  p = io_ports (ports: [0x3f8..0x3ff]) d = io_device (domainID: 1, 0:3.1) i = io_pt (level: 1)
  m = pml4 n = pdpt o = pd q = pt v = vcpu c = cnode (4 bits) x = notification
} caps { c { 0: io_space_master 1: m (asid: (1, 2)) 2: p 3: irq_control 4: a 5: b 6: v } a { 0: x } d { 0: i } }
irq maps { 1: a 2: b }`,
    "upstream",
  ],
  [
    `arch aarch64 objects {
  a = arm_irq (trigger: level, target: 0o1) s = arm_sgi_signal (irq: 1, target: 2) k = contextbank (bank: 3)
  t = streamid e = smc d = arm_io_device (iospace: 1) g = pgd u = pud c = cnode (4 bits)
  f = frame (4k, fill: [{0 16 CDL_FrameFill_BootInfo CDL_FrameFill_BootInfo_FDT 0}, {x y}])
} caps { c { 0: e (badge: 0xffffffffffffffff) 1: s 2: k 3: t 4: f (R W, X) 5: asid_control } g { u } }`,
    "upstream",
  ],
  [
    `-- Dump
arch riscv /* a /* nested */ comment */
objects {
  u = ut (20 bits) { a = ep  b[2] = ep }
  u { c = cnode (2 bits) }
  p = asid_pool (asid_high: 0x1)
  pd = pt (level: 0)  d = ep
  s = sc (8 bits, period: 10, budget: 5, data: 1)  s2 = sc (8 bits)
  t = tcb (addr: 0x1000, ip: 0, sp: 0, prio: 1, max_prio: 2, affinity: 0, dom: 1, init: [1, 2], fault_ep: 3)
  t2 = tcb (addr: 0x1000, affinity: 0)  t3 = tcb
  f = frame (4k, paddr: 0x1000, fill: [{0 16 CDL_FrameFill_FileData "x" 0}])  f2 = frame (4k)
  i = irq
}
caps {
  c { n = a (RW, badge: 1) [m] = b[] }
  c { 2: f (RWX, cached) 3: f2 (R, uncached) }
  t { cspace: c (guard: 1, guard_size: 3) vspace: pd (asid: (1, 2)) }
  i { 0: a }
}
cdt { n { (c, 1) } }
irq maps { i 3: i }`,
    "cantrip",
  ],
  [
    "arch riscv objects { a[2] = ep c = cnode (4 bits) } caps { c { x[] = a[] 4: <x[1]> (masked: R) 5: <y> } y = (c, 0) z[] = (c, 1) }",
    "cantrip",
  ],
  [
    "arch riscv objects { a = ep c = cnode (4 bits) } caps { c { 0: <l> 1: <k> 2: n = a (RW) 3: <n> (masked: W) } l = (c, 1) k = (c, 0) }",
    "cantrip",
  ],
  [
    "arch riscv objects { a[3] = ep c = cnode (4 bits) } caps { c { n = a[0..1] 4: a[2..0] 8: a[] } } cdt { (c, 4) { (c, 5) { (c, 6) } (c, 8) } }",
    "cantrip",
  ],
  [
    "arch riscv objects { u = ut (5 bits) u = ut (paddr: 16) u = ep a[0] = ep a[2..3] = ep e { b } x = ut { nothing } }",
    "cantrip",
  ],
  [
    "arch riscv objects { c = cnode (4 bits) i = irq j = irq a = ep } caps { i { 0: a } } irq maps { 1: i 1: j a 7: q }",
    "cantrip",
  ],
  [
    "arch riscv objects { t = tcb c = cnode (2 bits) p = pt } caps { c { 0: t (reply, master_reply) 1: p (asid: (0, 1)) 2: c (guard: 1, guard: 2) 3: t (RW, G) } }",
    "upstream",
  ],
  [
    "arch riscv objects { t = tcb c = cnode (4 bits) } caps { c { 0: t (reply) 1: t (master_reply) 2: sched_control (core: 0) 3: domain 4: irq_control } }",
    "upstream",
  ],
  [
    "arch riscv objects { a = ep } domains { schedule: [(0, 10), (1, 0), (300, 1)] domain_set_start: 1 index_shift: 2 }",
    "upstream",
  ],
  [
    "arch riscv objects { a = ep } domains { schedule: [(0, 10), (1, 5)] domain_set_start: no_start } domains { schedule: [(0, 0)] }",
    "upstream",
  ],
  [
    "arch riscv objects { c = cnode (3 bits) a = ep } caps { c { 0: a 1: a - child_of (c, 0) 2: a - child_of n } n = (c, 1) n = (c, 2) }",
    "cantrip",
  ],
];

describe("capDL text against capDL-tool", () => {
  it.each(Object.entries(probes))("%s", (name, { spec: text, rc, canonical }) => {
    expect(isAccepted(text, "upstream")).toBe(rc === 0);
    if (canonical === null) return;
    const printed = printCapdl(parsed(text, "upstream"), { dialect: "upstream" });
    expect(printed).toBe(withoutToolBugs(name, canonical));
    expect(printCapdl(parsed(printed, "upstream"), { dialect: "upstream" })).toBe(printed);
  });
});

describe("capDL text", () => {
  it("prints and parses a specification of CantripOS", () => {
    const text = printCapdl(smallSpec, { dialect: "cantrip" });
    expect(text).toContain("  cnode = cnode (5 bits, untyped: True)\n");
    expect(text).toContain("    5: reply (WG)\n");
    expect(text).toContain("CDL_FrameFill_BootInfo_BootInfo");
    expect(text).toContain("    10: uart (RW, uncached, mapping: (leaf_pt, 78))\n");
    expect(text).toContain("    16: code (RX)\n");
    expect(text).toContain("irq maps {\n\n  3: irq\n");
    const again = parsed(text, "cantrip");
    expect(printCapdl(again, { dialect: "cantrip" })).toBe(text);
    expect(allocationOrder(again.objects).map((object) => object.name)).toEqual(
      smallSpec.objects.map((object) => object.name),
    );
    expect(messages(text, "upstream")).not.toEqual([]);
  });

  it("leaves out what upstream does not know", () => {
    const text = printCapdl(smallSpec, { dialect: "upstream" });
    expect(text).toContain("  cnode = cnode (5 bits)\n");
    expect(text).toContain("    5: reply\n");
    expect(text).toContain("bootinfo = frame (4k, fill: [])");
    const again = parsed(text, "upstream");
    expect(printCapdl(again, { dialect: "upstream" })).toBe(text);
  });

  it("expands arrays, ranges, named capabilities and derivations", () => {
    const text = everySyntax;
    const spec = parsed(text, "cantrip");
    const find = (name: string) => spec.objects.find((object) => object.name === name);
    expect(find("c")).toMatchObject({
      slots: [
        { slot: 0, cap: { object: "a[3]", rights: 2 } },
        { slot: 1, cap: { object: "a[2]" } },
        { slot: 2, cap: { object: "a[1]" } },
        { slot: 5, cap: { object: "a[0]", rights: 3, badge: 7 } },
        { slot: 6, cap: { object: "a[0]", rights: 2, badge: 7 } },
        { slot: 7, cap: { object: "a[0]", rights: 2, badge: 7 } },
      ],
    });
    expect(find("d[1]")).toMatchObject({
      slots: [
        { slot: 0 },
        { slot: 1, cap: { object: "a[1]" } },
        { slot: 4, cap: { guardSize: 3 } },
      ],
    });
    expect(find("u")).toMatchObject({ paddr: 0x100000, children: ["a[1]", "a[2]", "a[3]", "v"] });
    expect(find("v")).toMatchObject({ sizeBits: 12, children: ["t", "n"] });
    expect(find("w[1]")).toMatchObject({ sizeBits: 5, children: ["r"] });
    const at = (slot: number) => ({ container: "c", slot });
    expect(spec.cdt).toEqual([
      { parent: at(0), child: at(1) },
      { parent: at(1), child: at(2) },
      { parent: at(5), child: at(7) },
    ]);
    const printed = printCapdl(spec, { dialect: "cantrip" });
    expect(printed).toContain("  a[4] = ep\n");
    expect(printCapdl(parsed(printed, "cantrip"), { dialect: "cantrip" })).toBe(printed);
  });

  it("renames elements of arrays that cannot be declared", () => {
    const spec: Spec = { arch: "riscv", objects: [{ kind: "ep", name: "a[3]" }], irqs: [] };
    expect(printCapdl(spec, { dialect: "upstream" })).toContain("  a.3 = ep\n");
  });

  it("collects all mistakes with their places", () => {
    expect(
      messages(`arch riscv
objects {
  a = ep (badge: 1)
  b = frame (3k)
  c = cnode (2 bits)
  c = ep
  d = pgd
  t = tcb (addr: 1)
}
caps {
  c { 0: x 1: d 2: t (RW) }
  q { 0: c }
  c { 1: c }
}
irq maps { 3: y } xyz`),
    ).toEqual([
      '3:11 unexpected "badge", expected a parameter',
      "4:7 b: frame needs a size that is a power of two",
      '6:3 a second object "c"',
      "8:7 t: a tcb has none, addr and affinity, or all of addr, ip, sp, prio, max_prio, affinity",
      '11:10 unknown object "x"',
      "11:22 a capability to tcb has no rights",
      '12:3 unknown container "q"',
      "13:7 c: slot 1 is filled already",
      '15:15 unknown object "y"',
      '15:19 unexpected "xyz", expected "objects", "caps", "irq maps", "cdt" or "domains", or the end',
    ]);
    expect(messages("arch riscv\nobjects {\n a = \n b = ep\n c ep\n d = ep\n}")).toEqual([
      '4:2 unexpected "b", expected a type of object',
      '5:4 unexpected "ep", expected "="',
    ]);
    expect(messages("arch riscv caps { c { 0: } } objects { c = cnode (1 bits) ")).toEqual([
      '1:26 unexpected "}", expected slot, identifier, "<" or "}"',
      '1:59 unexpected end of input, expected identifier or "}"',
    ]);
  });

  it("knows where everything is", () => {
    const text =
      "arch riscv\nobjects {\n a[2] = ep\n c = cnode (2 bits) }\ncaps { c {\n 1: a[] } }";
    const result = parseCapdl(text, { dialect: "upstream", positions: true });
    if (!result.ok || result.positions === undefined) throw new Error("refused");
    const { positions } = result;
    expect(positions.place(positions.object("a[1]") ?? 0)).toEqual({ line: 3, column: 2 });
    expect(positions.place(positions.slot("c", 2) ?? 0)).toEqual({ line: 6, column: 2 });
    expect(positions.slot("c", 0)).toBeUndefined();
  });

  it("refuses a loader's specification of another platform", () => {
    const text = "arch aarch64 objects { v = pgd c = cnode (2 bits) } caps { c { 0: v } }";
    expect(loaderSpec(parsed(text, "upstream"))).toMatchObject({
      ok: false,
      errors: [
        "architecture aarch64, only riscv is loaded",
        "v: objects of type pgd are not loaded",
      ],
    });
  });

  it("takes nested comments and refuses open ones", () => {
    const text = "arch riscv /* a /* b */ c */ objects { -- x }\n a = ep /**/ }";
    expect(parsed(text, "cantrip").objects).toHaveLength(1);
    expect(messages("arch riscv objects { /* /* */ a = ep }")).toEqual([
      "1:22 comment without end",
    ]);
    expect(messages("arch riscv objects { a = ep } // b")).not.toEqual([]);
  });

  it("never throws, whatever the text", () => {
    const report = new FuzzReport("capDL parser");
    const text = printCapdl(smallSpec, { dialect: "cantrip" });
    const words = fc.constantFrom(
      "{",
      "}",
      "(",
      ")",
      "=",
      ":",
      "[",
      "]",
      "..",
      "<",
      ">",
      ",",
      "0",
      "9999999999999999999",
      "/*",
      "caps",
      "cnode",
      "\n",
    );
    const upstream = Object.values(probes).map(({ spec }) => [spec, "upstream"] as const);
    const accepted = upstream.filter(([spec]) => parseCapdl(spec, { dialect: "upstream" }).ok);
    const both = accepted.map(([spec]) => [spec, "cantrip"] as const);
    const texts = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom<readonly [string, CapdlDialect]>(
          [text, "cantrip"],
          [everySyntax, "cantrip"],
        ),
      },
      { weight: 2, arbitrary: fc.constantFrom(...seldomUsed) },
      { weight: 5, arbitrary: fc.constantFrom<readonly [string, CapdlDialect]>(...accepted) },
      { weight: 1, arbitrary: fc.constantFrom<readonly [string, CapdlDialect]>(...upstream) },
      { weight: 1, arbitrary: fc.constantFrom<readonly [string, CapdlDialect]>(...both) },
    );
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.tuple(fc.nat(text.length), words, fc.nat(6)), { maxLength: 1 }),
        fc.boolean(),
        ([original, dialect], edits, positions) => {
          let broken = original;
          for (const [place, word, cut] of edits) {
            const at = place % (original.length + 1);
            broken = broken.slice(0, at) + word + broken.slice(at + cut);
          }
          const result = parseCapdl(broken, { dialect, positions });
          if (result.ok) checkSpec(result.spec);
          else expect(result.errors.length).toBeGreaterThan(0);
          report.count(result.ok ? undefined : "with mistakes");
        },
      ),
      { numRuns: runs(1000) },
    );
    report.finish();
  });

  // Beside the repository, or beside the folder of its worktrees.
  const places = ["../../../../", "../../../../../"].map(
    (up) => new URL(`${up}shared/data/capdl/specs/`, import.meta.url),
  );
  const directory = places.find((place) => existsSync(place)) ?? new URL("none/", import.meta.url);
  const systems: readonly [string, CapdlDialect, number][] = [
    ["cantrip-sparrow-riscv32-mcs", "cantrip", 4623],
    ["cantrip-bcm2837-aarch64-mcs", "cantrip", 1494],
    ["camkes-adder-riscv64", "upstream", 86],
    ["camkes-adder-x86_64-mcs", "upstream", 114],
    ["camkes-domains-x86_64", "upstream", 89],
    ["camkes-event-driven-aarch64-static", "upstream", 106],
    ["camkes-hierarchical-components-x86_64", "upstream", 656],
    ["camkes-mcs-donate-x86_64-mcs", "upstream", 167],
    ["camkes-multiclient-riscv64", "upstream", 199],
    ["capdl-example-aarch64", "upstream", 314],
    ["capdl-example-arm", "upstream", 316],
    ["capdl-example-ia32", "upstream", 314],
    ["capdl-hello-dump", "upstream", 235],
  ];
  if (!existsSync(directory)) console.info("capDL specimens are not set up: skipped");
  // These specifications are other people's and are not part of this repository.
  it.skipIf(!existsSync(directory)).each(systems)("reads %s", (name, dialect, count) => {
    const text = readFileSync(new URL(`${name}.cdl`, directory), "utf8");
    expect(isAccepted(text, dialect)).toBe(true);
    const spec = parsed(text, dialect);
    expect(spec.objects).toHaveLength(count);
    const printed = printCapdl(spec, { dialect });
    const again = parsed(printed, dialect);
    expect(printCapdl(again, { dialect })).toBe(printed);
    const canonical = new URL(`${name}.canonical.txt`, directory);
    if (existsSync(canonical)) {
      expect(printed).toBe(withoutToolBugs(name, readFileSync(canonical, "utf8")));
    }
    if (name !== "cantrip-sparrow-riscv32-mcs") return;
    expect(checkSpec(spec).filter(({ severity }) => severity === "error")).toEqual([]);
    const loaded = loaderSpec(spec);
    if (!loaded.ok) throw new Error(loaded.errors.join("\n"));
    expect(allocationOrder(loaded.spec.objects)).toEqual(loaded.spec.objects);
    expect(new SpecImageReader(writeSpecImage(loaded.spec)).spec()).toEqual(loaded.spec);
  });

  it.skipIf(!existsSync(directory))("refuses what is too old, and the other dialect", () => {
    const read = (name: string) => readFileSync(new URL(`${name}.cdl`, directory), "utf8");
    expect(messages(read("capdl-example"), "upstream")).toContain(
      '12:1 unexpected "ioport", expected "{"',
    );
    expect(messages(read("cantrip-sparrow-riscv32-mcs"), "upstream")[0]).toBe(
      '12:38 unexpected "untyped", expected a parameter',
    );
  });
});
