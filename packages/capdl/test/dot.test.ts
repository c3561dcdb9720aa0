import { readFileSync } from "node:fs";
import { type CapdlSpec, parseCapdl } from "@cantrip/capdl";
import { capdlDot, type DotView, SpecComponents } from "@cantrip/capdl/dot";
import { renderSvg } from "@cantrip/capdl/svg";
import { instance } from "@viz-js/viz";
import { describe, expect, it } from "vitest";
import { randomText } from "./random-text.ts";
import { specimens } from "./specimens.ts";

const graphviz = await instance();

const text = `arch riscv
objects {
  a_cnode = cnode (3 bits)  b_cnode = cnode (3 bits)
  a_control_tcb = tcb (addr: 0, ip: 0, sp: 0, prio: 7, max_prio: 9, affinity: 0)
  b_control_tcb = tcb  b_fault_tcb = tcb
  a_sc = sc (period: 10, budget: 5, data: 0)
  call_ep = ep  done_ntfn = notification  private_ep = ep
  a_pd = pt  a_pt = pt  b_pd = pt
  page_0001 = frame (4k)  page_0002 = frame (4k)  data_0_obj = frame (4k)  data_1_obj = frame (4k)
  uart_obj = frame (4k, paddr: 0x50000000)
  uart_irq = irq
  idle = ut (12 bits)
}
caps {
  a_control_tcb { cspace: a_cnode vspace: a_pd sc_slot: a_sc fault_ep_slot: private_ep (RWGP, badge: 4) }
  b_control_tcb { cspace: b_cnode vspace: b_pd }
  b_fault_tcb { cspace: b_cnode vspace: b_pd }
  a_cnode { 1: call_ep (WGP, badge: 3) 2: done_ntfn (R) 3: a_control_tcb 4: b_control_tcb 5: private_ep (R) 6: uart_irq }
  b_cnode { 1: call_ep (R) 2: done_ntfn (W, badge: 1) }
  a_pd { 0: a_pt }
  a_pt { 0: page_0001 (RX) 1: page_0002 (RW) 2: data_0_obj (RW) 3: data_1_obj (RW) 4: uart_obj (RW, uncached) }
  b_pd { 0: data_0_obj (R) 1: data_1_obj (R) }
  uart_irq { 0: done_ntfn (badge: 2) }
}
irq maps { 5: uart_irq }`;

function specOf(of: string): CapdlSpec {
  const parsed = parseCapdl(of, { dialect: "upstream" });
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.spec;
}

/** Edges of a graph, as Graphviz reads it: `tail head label`. */
function edges(dot: string): readonly string[] {
  return graph(dot).edges.map(
    ({ tail, head, label }) => `${tail} > ${head}${label === "" ? "" : `: ${label}`}`,
  );
}

interface Graph {
  readonly nodes: readonly string[];
  readonly clusters: ReadonlyMap<string, readonly string[]>;
  readonly edges: readonly {
    readonly tail: string;
    readonly head: string;
    readonly label: string;
  }[];
}

/** Graphviz's own reading of a text. */
function graph(dot: string): Graph {
  const json = JSON.parse(graphviz.renderString(dot, { format: "dot_json" })) as {
    readonly objects?: readonly {
      readonly _gvid: number;
      readonly name: string;
      readonly label?: string;
      readonly nodes?: readonly number[];
    }[];
    readonly edges?: readonly {
      readonly tail: number;
      readonly head: number;
      readonly label?: string;
    }[];
  };
  const objects = json.objects ?? [];
  const names = new Map(objects.map(({ _gvid, name }) => [_gvid, name]));
  return {
    nodes: objects.filter(({ name }) => !name.startsWith("cluster_")).map(({ name }) => name),
    clusters: new Map(
      objects.flatMap(({ name, label = "", nodes = [] }) =>
        name.startsWith("cluster_")
          ? [[label, nodes.map((id) => names.get(id) ?? "")] as const]
          : [],
      ),
    ),
    edges: (json.edges ?? []).map(({ tail, head, label = "" }) => ({
      tail: names.get(tail) ?? "",
      head: names.get(head) ?? "",
      label,
    })),
  };
}

const spec = specOf(text);

describe("capdlDot", () => {
  it("groups objects by component, and leaves what is shared outside", () => {
    const { clusters, nodes } = graph(capdlDot(spec));
    expect([...clusters.keys()]).toEqual(["a", "b"]);
    expect(clusters.get("a")).toEqual(
      expect.arrayContaining(["a_control_tcb", "a_cnode", "private_ep", "uart_irq", "memory of a"]),
    );
    expect(clusters.get("b")).toEqual(
      expect.arrayContaining(["b_control_tcb", "b_fault_tcb", "b_cnode", "memory of b"]),
    );
    const grouped = new Set([...clusters.values()].flat());
    expect(nodes.filter((node) => !grouped.has(node)).sort()).toEqual(
      ["call_ep", "done_ntfn", "idle", "region data_*_obj", "region uart_obj"].sort(),
    );
  });

  it("draws each capability with its rights, from its slot", () => {
    const drawn = edges(capdlDot(spec));
    for (const edge of [
      "a_cnode > call_ep: WGP, badge 3",
      "b_cnode > call_ep: R",
      "a_cnode > b_control_tcb",
      "a_control_tcb > private_ep: faults, badge 4",
      "memory of a > region data_*_obj: RW",
      "memory of b > region data_*_obj: R",
      "uart_irq > done_ntfn: badge 2",
    ])
      expect(drawn).toContain(edge);
    expect(capdlDot(spec)).toContain('"a_cnode":"s1" -> "call_ep"');
  });

  it("draws no edge for a capability that is not there", () => {
    const all = edges(capdlDot(spec));
    const fewer = edges(capdlDot(specOf(text.replace("1: call_ep (R) ", ""))));
    expect(all.filter((edge) => !fewer.includes(edge))).toEqual(["b_cnode > call_ep: R"]);
    const reach = edges(capdlDot(spec, { view: "reach" }));
    expect(reach.join()).toContain("calls call_ep");
    const without = specOf(text.replace("1: call_ep (R) ", ""));
    expect(edges(capdlDot(without, { view: "reach" })).join()).not.toContain("calls call_ep");
  });

  it("draws who can reach whom, through what", () => {
    const drawn = edges(capdlDot(spec, { view: "reach" }));
    expect(drawn).toEqual([
      "component a > region uart_obj: RW",
      "uart_irq > component a: signals",
      "uart_irq > component b: signals",
      String.raw`component a > component b: controls b_control_tcb\ncalls call_ep\nwrites data_*_obj`,
      "component b > component a: signals done_ntfn",
    ]);
  });

  it("draws one component, with what it can reach", () => {
    const { clusters, nodes } = graph(capdlDot(spec, { view: "component", of: "b" }));
    expect([...clusters.keys()]).toEqual(["b"]);
    expect(nodes).toContain("call_ep");
    expect(nodes).not.toContain("idle");
    expect(nodes).not.toContain("a_cnode");
  });

  it("draws what a thread can do", () => {
    const drawn = edges(capdlDot(spec, { view: "thread", of: "a_control_tcb" }));
    for (const edge of [
      "a_control_tcb > call_ep: calls",
      "a_control_tcb > done_ntfn: waits",
      "a_control_tcb > b_control_tcb: controls",
      "a_control_tcb > private_ep: receives, faults to",
      "a_control_tcb > region page_*: RWX",
      "a_control_tcb > region uart_obj: RW",
      "call_ep > component b",
    ])
      expect(drawn).toContain(edge);
    const label = capdlDot(spec, { view: "thread", of: "a_control_tcb" });
    expect(label).toContain(String.raw`priority 7, at most 9\n5 of 10 us`);
  });

  it("names those that there are when there is none of a name", () => {
    expect(() => capdlDot(spec, { view: "component", of: "c" })).toThrow(
      'no component "c"; known: a, b',
    );
    expect(() => capdlDot(spec, { view: "thread", of: "call_ep" })).toThrow(
      /known: a_control_tcb, b_/,
    );
  });

  it("escapes any name, and Graphviz reads it back", () => {
    const odd = ['q"uote', "back\\slash", "end\\", "<b>&amp;", "two\nlines", "<<TABLE >", "é😀"];
    const made: CapdlSpec = {
      arch: "riscv",
      irqs: [],
      objects: [
        ...odd.map((name) => ({ kind: "ep" as const, name })),
        {
          kind: "cnode",
          name: 'c"<\\',
          sizeBits: 4,
          hasUntypedMemory: false,
          slots: odd.map((object, slot) => ({ slot, cap: { kind: "object" as const, object } })),
        },
        {
          kind: "tcb",
          name: "t",
          init: [],
          slots: [{ slot: 0, cap: { kind: "object", object: 'c"<\\' } }],
        },
      ],
    };
    const drawn = graph(capdlDot(made));
    expect(drawn.edges.filter(({ tail }) => tail !== "t")).toHaveLength(odd.length);
    expect(drawn.nodes).toHaveLength(odd.length + 2);
    const svg = renderSvg(capdlDot(made), graphviz);
    for (const shown of ["q&quot;uote", "back\\slash", "&lt;b&gt;&amp;amp;", "é😀"])
      expect(svg).toContain(shown);
  });

  it("is text that Graphviz reads, for any specification and view", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { text: any, dialect } = randomText(seed * 0x9e37);
      const parsed = parseCapdl(any, { dialect });
      if (!parsed.ok) throw new Error("unexpected");
      const components = new SpecComponents(parsed.spec);
      const views: DotView[] = [{ view: "whole" }, { view: "reach" }];
      for (const { name, threads } of components.components) {
        views.push({ view: "component", of: name });
        for (const thread of threads) views.push({ view: "thread", of: thread.name });
      }
      for (const view of views.slice(0, 5)) {
        const result = graphviz.render(capdlDot(parsed.spec, view), { format: "canon" });
        expect(result.errors, capdlDot(parsed.spec, view)).toEqual([]);
      }
    }
  });
});

it("renderSvg tells Graphviz's message for what is no graph", () => {
  expect(renderSvg(capdlDot(spec), graphviz)).toMatch(/<svg [^]*a_control_tcb[^]*<\/svg>/);
  expect(() => renderSvg("digraph {", graphviz)).toThrow(/syntax error/);
});

// These specifications are other people's and are not part of this repository.
it.skipIf(specimens === undefined)(
  "draws the whole of CantripOS's system: every component's CNode and thread",
  () => {
    if (specimens === undefined) return;
    const source = readFileSync(new URL("cantrip-sparrow-riscv32-mcs.cdl", specimens), "utf8");
    const parsed = parseCapdl(source, { dialect: "cantrip" });
    if (!parsed.ok) throw new Error("unexpected");
    const { clusters } = graph(capdlDot(parsed.spec));
    expect([...clusters.keys()]).toEqual(
      "debug_console mailbox_driver memory_manager ml_coordinator process_manager sdk_runtime security_coordinator timer_service uart_driver".split(
        " ",
      ),
    );
    for (const { kind, name } of parsed.spec.objects) {
      if (kind === "tcb") expect([...clusters.values()].flat()).toContain(name);
    }
    const users = edges(capdlDot(parsed.spec, { view: "reach" })).filter((edge) =>
      edge.includes("region uart_mem"),
    );
    expect(users).toEqual(["component uart_driver > region uart_mem_DATA_0_obj: RW"]);
  },
);
