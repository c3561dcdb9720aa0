import { type CapdlSpec, parseCapdl } from "@cantrip/capdl";
import { queryReach, reachOf, reachText } from "@cantrip/capdl/reach";
import { describe, expect, it } from "vitest";

const objects = `
  a_tcb = tcb a_cnode = cnode (4 bits) a_pd = pt a_pt = pt a_page = frame (4k)
  b_tcb = tcb b_cnode = cnode (4 bits) b_pd = pt b_page = frame (4k)
  c_tcb = tcb c_cnode = cnode (4 bits) c_pd = pt
  shared = frame (4k) uart = frame (4k, paddr: 0x50000000)
  talk = ep bell = notification trouble = ep`;
const caps = `
  a_tcb { cspace: a_cnode vspace: a_pd fault_ep_slot: trouble (WGP, badge: 1) }
  b_tcb { cspace: b_cnode vspace: b_pd }
  c_tcb { cspace: c_cnode vspace: c_pd }
  a_pd { 0: a_pt } a_pt { 1: a_page (RW) 2: shared (RW) }
  b_pd { 0: b_page (RWX) 1: shared (R) 2: uart (RW) }`;

function spec(more = "", moreObjects = "", cnode = ""): CapdlSpec {
  const text = `arch riscv objects { ${objects.replace("c_cnode = cnode (4 bits)", `c_cnode = cnode (4 bits${cnode})`)} ${moreObjects} } caps { ${caps} ${more} }`;
  const parsed = parseCapdl(text, { dialect: "cantrip" });
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join("\n"));
  return parsed.spec;
}

/** `frame rights way` of all that a component gets at. */
function memoryOf(whole: CapdlSpec, component: string): string[] {
  return reachOf(whole)
    .memory.filter((access) => access.component === component)
    .map(({ frame, rights, way }) => `${frame} ${rights} ${way}`)
    .sort();
}

describe("reachOf", () => {
  it("finds what page tables map, with rights", () => {
    expect(memoryOf(spec(), "a")).toEqual(["a_page 3 mapping", "shared 3 mapping"]);
    expect(memoryOf(spec(), "b")).toEqual([
      "b_page 7 mapping",
      "shared 2 mapping",
      "uart 3 mapping",
    ]);
    expect(memoryOf(spec(), "c")).toEqual([]);
    expect(reachOf(spec()).memory.find(({ frame }) => frame === "shared")?.mappedBy).toEqual([
      "a",
      "b",
    ]);
  });

  it("lets a frame be mapped by who holds it and a table", () => {
    expect(memoryOf(spec("c_cnode { 1: uart (R) }"), "c")).toEqual([]);
    expect(memoryOf(spec("c_cnode { 1: uart (R) 2: c_pd }"), "c")).toEqual(["uart 6 capability"]);
    expect(memoryOf(spec("c_cnode { 1: uart (RW) 2: c_pd }"), "c")).toEqual(["uart 7 capability"]);
  });

  it("follows CNodes and threads to what they have", () => {
    const inner = "c_cnode { 1: box 2: c_pd } box { 0: uart (RW) }";
    expect(memoryOf(spec(inner, "box = cnode (2 bits)"), "c")).toEqual(["uart 7 capability"]);
    expect(memoryOf(spec("c_cnode { 1: b_cnode }"), "c")).toEqual([]);
    expect(memoryOf(spec("c_cnode { 1: b_tcb }"), "c")).toEqual(memoryOf(spec(), "b"));
    // And from there on: b could make a do what it wants.
    const chain = spec("c_cnode { 1: b_tcb } b_cnode { 1: a_tcb }");
    expect(memoryOf(chain, "c")).toEqual([
      "a_page 3 mapping",
      "b_page 7 mapping",
      "shared 3 mapping",
      "uart 3 mapping",
    ]);
    // A reply capability is no capability to the thread.
    expect(memoryOf(spec("c_cnode { 1: b_tcb (reply) }"), "c")).toEqual([]);
  });

  it("gets at devices through untyped memory, and at nothing else: other memory is cleared", () => {
    const untyped = "c_cnode { 1: device 2: memory 3: c_pd }";
    const whole = spec(
      untyped,
      "device = ut (12 bits, paddr: 0x50000000) { uart } memory = ut (14 bits) { a_page }",
    );
    expect(memoryOf(whole, "c")).toEqual(["uart 7 untyped"]);
  });

  it("gives what the root server had to who receives the untyped memory", () => {
    const all = ["a_page", "b_page", "shared", "uart"].map((frame) => `${frame} 7 hand-over`);
    expect(memoryOf(spec("", "", ", untyped: True"), "c")).toEqual([...all, "uart 7 untyped"]);
    // The capability of the only mapping has gone to b.
    const moved = spec(
      "b_cnode { 1: uart (RW, mapping: (b_pd, 2)) 2: b_pd }",
      "",
      ", untyped: True",
    );
    expect(memoryOf(moved, "c")).toEqual([...all.slice(0, 3), "uart 7 untyped"]);
  });

  it("finds who can call, send, signal and fault to whom", () => {
    const whole = spec(`a_cnode { 1: talk (WGP, badge: 1) 2: bell (W) }
      b_cnode { 1: talk (R) 2: bell (R) 3: trouble (R) }
      c_cnode { 1: talk (W) 2: bell (R) }`);
    expect(reachOf(whole).channels).toEqual([
      { from: "a", to: "b", object: "talk", kind: "call", grants: true },
      { from: "a", to: "b", object: "bell", kind: "signal", grants: false },
      { from: "a", to: "c", object: "bell", kind: "signal", grants: false },
      { from: "c", to: "b", object: "talk", kind: "send", grants: false },
      { from: "a", to: "b", object: "trouble", kind: "fault", grants: false },
    ]);
  });

  it("finds who decides over others' objects", () => {
    const controls = (more: string, moreObjects = "", cnode = ""): string[] =>
      reachOf(spec(more, moreObjects, cnode)).controls.map(
        ({ from, to, object, way }) => `${from} ${to} ${object} ${way}`,
      );
    expect(controls("a_cnode { 1: a_tcb 2: a_cnode 3: a_pd }")).toEqual([]);
    expect(controls("c_cnode { 1: b_pd }")).toEqual(["c b b_pd table"]);
    expect(controls("b_cnode { 1: b_pd 2: c_tcb } c_cnode { 1: a_pt }")).toEqual([
      "b c c_tcb thread",
      // Through the thread: what it holds.
      "b a a_pt table",
      "c a a_pt table",
    ]);
    expect(
      controls("c_cnode { 1: memory }", "memory = ut (14 bits) { a_tcb shared talk }"),
    ).toEqual(["c a a_tcb untyped", "c a shared untyped", "c b shared untyped"]);
    expect(controls("", "", ", untyped: True")).toEqual(["c a  hand-over", "c b  hand-over"]);
  });

  it("answers questions, in lines", () => {
    const reach = reachOf(
      spec("c_cnode { 1: talk (WGP) 2: uart (RW) 3: c_pd } b_cnode { 1: talk (R) }"),
    );
    expect(reachText(reach, { to: "uart" })).toBe(
      "b: uart RW by mapping\nc: uart RWX by capability\n",
    );
    expect(reachText(reach, { from: "c" })).toBe(
      "c -> b: memory RWX by capability: uart; call talk with capabilities\n",
    );
    expect(reachText(reach, { from: "a", to: "b" })).toBe("a -> b: memory RW by mapping: shared\n");
    expect(queryReach(reach, { from: "a", to: "c" })).toMatchObject({ memory: [], channels: [] });
    expect(reachText(reach, { from: "a", to: "c" })).toBe("");
  });
});
