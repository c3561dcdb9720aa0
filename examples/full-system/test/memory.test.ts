import { sparrow, sparrowSmall } from "@cantrip/assembly/cantrip";
import { bootMemory, kernelSpec, leastRam } from "@cantrip/assembly/riscv";
import type { CapdlSpec } from "@cantrip/capdl";
import { diffSpecs, withoutObjects } from "@cantrip/capdl/diff";
import { packSpec, type Packing } from "@cantrip/capdl/size";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { cantrip, upstream64 } from "@cantrip/sel4-config";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { SCRIPT } from "./capability-sweep.ts";
import { handOverOf } from "./live-conformance.ts";
import { boot } from "./sparrow-session.ts";

const PAGE_BYTES = 4096;

describe.each([
  ["sparrow", sparrow()],
  ["sparrow-small", sparrowSmall()],
] as const)("memory of %s", (_name, system) => {
  it("is packed as the running root server packs it, object by object", () => {
    const fresh = bootSystem({ system });
    const { spec } = fresh.system.image;
    const packing = packSpec(spec, bootMemory(fresh.system), cantrip.sizeBits);
    expect(packing.unplaced).toBeUndefined();
    const session = boot({ system });
    const places = placesOf(session, spec);
    expect(packing.placements.size).toBeGreaterThan(200);
    const wrong = ({ placements }: Packing): number =>
      [...placements].filter(([name, paddr]) => places.get(name) !== paddr).length;
    expect(wrong(packing)).toBe(0);
    // Not with another kernel's sizes, nor in other memory.
    const blocks = bootMemory(bootSystem({ system }).system);
    expect(wrong(packSpec(spec, blocks, upstream64.sizeBits))).toBeGreaterThan(100);
    const others = blocks.map((block) => ({ ...block, paddr: block.paddr + 4096 }));
    expect(wrong(packSpec(spec, others, cantrip.sizeBits))).toBeGreaterThan(200);
  });

  it("is enough with the least RAM, and not with a page less", () => {
    const least = leastRam({ system });
    expect(boot({ system, ramBytes: least }).command("bundles")).toBe("");
    expect(() => boot({ system, ramBytes: least - PAGE_BYTES })).toThrow();
    expect(() => leastRam({ system: { ...system, components: {}, connections: [] } })).toThrow();
  });
});

describe("sparrow-small", () => {
  it("does what sparrow does, in the least RAM that it boots in", () => {
    const small = sparrowSmall();
    const ramBytes = leastRam({ system: small });
    expect(ramBytes).toBeLessThan(leastRam({ system: sparrow() }) - 256 * 1024);
    const expected = transcript(boot({ flash }));
    const told = transcript(boot({ flash, system: small, ramBytes }));
    expect(expected).toHaveLength(SCRIPT.length);
    expect(told).toEqual(expected);
  });

  it("differs from sparrow in sizes and addresses only", () => {
    const specs = [sparrow(), sparrowSmall()].map(
      (system) => bootSystem({ system }).system.image.spec,
    );
    const [spec = missing(), small = missing()] = specs.map((each) =>
      withoutObjects(each, ({ kind, name }) => kind === "pt" || /^(stack__|frame_)/.test(name)),
    );
    const { differences } = diffSpecs(spec, small, {
      match: "names",
      ignore: ["addr", "ip", "sp", "guardSize", "mapping"],
    });
    const sizes = differences.filter(
      ({ kind, field }) => kind === "parameter" && field === "sizeBits",
    );
    expect(differences).toEqual(sizes);
    expect(sizes).toHaveLength(12);
  });
});

const flash = makeFlash([
  ...builtinApplications(),
  { name: "demo.repl", data: new TextEncoder().encode("bundles\n") },
  { name: "bad.app", data: new Uint8Array(64).fill(0x5a) },
]);

function missing(): never {
  throw new Error("no specification");
}

/** Where the running system has the objects of its specification. */
function placesOf(session: TestSystem, spec: CapdlSpec): ReadonlyMap<string, number> {
  const live: CapdlSpec = kernelSpec(session.system.kernel.state);
  const { holding } = handOverOf(spec, live);
  const rest = withoutObjects(live, ({ kind, name }) => kind === "ut" || name === holding.name);
  const { names } = diffSpecs(spec, rest, {
    ignore: ["ip", "sp", "fill", "cached", "init", "resume", "hasUntypedMemory"],
  });
  const threads = new Map<string, number>();
  for (const object of session.system.kernel.state.objectsByPaddr.values())
    if (object.kind === "tcb") threads.set(object.name, object.paddr);
  const places = new Map<string, number>();
  for (const [name, other] of names) {
    const paddr = threads.get(other) ?? Number(other.split("@")[1]);
    places.set(name, paddr);
  }
  return places;
}

/** What the script's commands print: without numbers, which tell of memory, and without dumps of CSpaces. */
function transcript(session: TestSystem): readonly string[] {
  return SCRIPT.map((line) => {
    const lines = session.command(line, 5).split("\n");
    const told = lines.filter((each) => !each.includes("|- ") && !/, bits\s+\d/.test(each));
    const words = told.map((each) => each.replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/g, "N"));
    return `${line}: ${words.sort().join("\n")}`;
  });
}
