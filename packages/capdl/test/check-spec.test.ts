import {
  checkSpec,
  type FrameObject,
  type Spec,
  type SpecCap,
  type SpecObject,
} from "@cantrip/capdl";
import { describe, expect, it } from "vitest";
import { smallSpec } from "./small-spec.ts";

function codes(objects: readonly SpecObject[], irqs: Spec["irqs"] = []): readonly string[] {
  return checkSpec({ arch: "riscv", objects, irqs })
    .filter(({ rule }) => rule !== "unused")
    .map(({ rule, severity }) => (severity === "error" ? rule : `(${rule})`));
}

const ep: SpecObject = { kind: "ep", name: "e" };
const frame: FrameObject = { kind: "frame", name: "f", sizeBits: 12, fill: [] };
const pt: SpecObject = { kind: "pt", name: "p", slots: [] };

/** A CNode of four slots with these capabilities. */
function cnode(...caps: readonly SpecCap[]): SpecObject {
  const slots = caps.map((cap, slot) => ({ slot, cap }));
  return { kind: "cnode", name: "c", sizeBits: 2, hasUntypedMemory: false, slots };
}
const to = (object: string, extra: object = {}): SpecCap => ({ kind: "object", object, ...extra });

/** What is worth a look in the small specification. */
const GOOD = [
  "tcb: priority 254 above its maximum 253",
  "flash: nothing refers to it",
  "bootinfo: nothing refers to it",
  "long_sc: nothing refers to it",
];

describe("checkSpec", () => {
  it("finds nothing in a good specification", () => {
    expect(checkSpec(smallSpec).map(({ message }) => message)).toEqual(GOOD);
  });

  it("checks names", () => {
    expect(codes([ep, ep])).toEqual(["duplicate-name"]);
    expect(codes([{ kind: "ep", name: "_e" }])).toEqual(["bad-name"]);
    expect(codes([cnode(to("x"))])).toEqual(["unknown-object"]);
  });

  it("checks slots and what they hold", () => {
    expect(codes([ep, cnode(to("e"), to("e"), to("e"), to("e"), to("e"))])).toEqual([
      "slot-out-of-range",
    ]);
    const twice = {
      ...cnode(),
      slots: [0, 0].map((slot) => ({ slot, cap: to("e") })),
    } as SpecObject;
    expect(codes([ep, twice])).toEqual(["slot-filled-twice"]);
    expect(codes([ep, { ...pt, slots: [{ slot: 1, cap: to("e") }] }])).toEqual(["bad-target"]);
    expect(codes([{ ...pt, slots: [{ slot: 1, cap: to("p") }] }])).toEqual(["nested-table"]);
    const irq: SpecObject = {
      kind: "irq",
      name: "i",
      slots: [{ slot: 0, cap: { kind: "domain" } }],
    };
    expect(codes([irq], [{ irq: 1, object: "i" }])).toEqual(["bad-target"]);
  });

  it("checks parameters of capabilities", () => {
    expect(codes([ep, cnode(to("e", { badge: 2 ** 28 }))])).toEqual(["badge-width"]);
    expect(codes([ep, cnode(to("e", { guard: 0 }))])).toEqual(["bad-parameter"]);
    expect(codes([cnode(to("c", { guardSize: 31 }))])).toEqual(["guard-size"]);
    expect(codes([cnode(to("c", { guard: 4, guardSize: 2 }))])).toEqual(["guard-value"]);
    expect(codes([pt, cnode(to("p", { rights: 1 }))])).toEqual(["bad-parameter"]);
    expect(codes([frame, cnode(to("f", { badge: 1 }))])).toEqual(["bad-parameter"]);
  });

  it("checks mappings", () => {
    const table = { ...pt, slots: [{ slot: 3, cap: to("f") }] } as SpecObject;
    const mapping = (slot: number, container = "p") => to("f", { mapping: { container, slot } });
    expect(codes([frame, table, cnode(mapping(3))])).toEqual([]);
    expect(codes([frame, table, cnode(mapping(2))])).toEqual(["bad-mapping"]);
    expect(codes([frame, table, cnode(mapping(3), mapping(3))])).toEqual(["bad-mapping"]);
    expect(codes([frame, table, cnode(mapping(3, "c"))])).toEqual(["bad-mapping"]);
  });

  it("checks objects", () => {
    expect(codes([{ ...frame, sizeBits: 13 }])).toEqual(["frame-size"]);
    expect(codes([{ ...frame, paddr: 0x5000_0800 }])).toEqual(["paddr-alignment"]);
    const fill = {
      kind: "file",
      destOffset: 1,
      destLength: 4096,
      file: "x",
      fileOffset: 0,
    } as const;
    expect(codes([{ ...frame, fill: [fill] }])).toEqual(["bad-fill"]);
    expect(
      codes([{ kind: "sc", name: "s", sizeBits: 8, periodUs: 1, budgetUs: 2, data: 0 }]),
    ).toEqual(["budget"]);
    const tcb: SpecObject = {
      kind: "tcb",
      name: "t",
      slots: [],
      addr: 0,
      ip: 0,
      sp: 8,
      prio: 256,
      maxPrio: 0,
      affinity: 0,
      resume: true,
      init: [],
    };
    expect(codes([tcb])).toEqual([
      "priority",
      "stack-alignment",
      ...Array.from({ length: 3 }, () => "(missing-cap)"),
    ]);
  });

  it("checks covers, interrupts and the hand-over", () => {
    const ut = (name: string, ...children: string[]): SpecObject => ({
      kind: "ut",
      name,
      sizeBits: 12,
      children,
    });
    expect(codes([ut("u", "x")])).toEqual(["unknown-object"]);
    expect(codes([ep, ut("u", "e"), ut("v", "e")])).toEqual(["bad-cover"]);
    expect(codes([frame, ep, ut("u", "e", "f")])).toEqual(["untyped-overfull"]);
    const irq: SpecObject = { kind: "irq", name: "i", slots: [] };
    expect(codes([irq])).toEqual(["(unmapped-irq)"]);
    expect(codes([ep], [{ irq: 1, object: "e" }])).toEqual(["bad-irq"]);
    const binding = { irq: 1, object: "i" };
    expect(codes([irq], [binding, binding])).toEqual(["duplicate-irq"]);
    const receiver = (name: string) => ({ ...cnode(), name, hasUntypedMemory: true }) as SpecObject;
    expect(codes([receiver("a"), receiver("b")])).toEqual(["bad-hand-over"]);
    const bootInfo = {
      kind: "bootinfo",
      destOffset: 0,
      destLength: 4096,
      id: "BootInfo",
      sourceOffset: 0,
    } as const;
    expect(codes([{ ...frame, fill: [bootInfo] }])).toEqual(["bad-hand-over"]);
  });
});
