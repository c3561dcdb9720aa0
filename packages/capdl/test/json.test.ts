import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  type CapdlArch,
  type CapdlSpec,
  kindSizes,
  loaderSpec,
  parseCapdl,
  printCapdl,
} from "@cantrip/capdl";
import { readCapdlJson, writeCapdlJson } from "@cantrip/capdl/json";
import { describe, expect, it } from "vitest";
import { smallSpec } from "./small-spec.ts";
import { specimens } from "./specimens.ts";

function read(text: string, arch: CapdlArch): CapdlSpec {
  const result = readCapdlJson(text, arch);
  if (!result.ok) throw new Error(result.error);
  return result.spec;
}

function parsed(text: string, dialect: "cantrip" | "upstream" = "upstream"): CapdlSpec {
  const result = parseCapdl(text, { dialect });
  if (!result.ok) throw new Error(result.errors[0]?.message);
  return result.spec;
}

const minimal = (object: string): string =>
  `{"objects":[{"name":"x","object":${object}}],"irqs":[],"asid_slots":[]}`;

describe("capDL JSON", () => {
  it.each([
    "adder-riscv64",
    "adder-x86_64-mcs",
    "hierarchical-components-x86_64",
    "mcs-donate-x86_64-mcs",
    "multiclient-riscv64",
  ])("writes camkes-%s as rust-sel4's types have it", (name) => {
    if (specimens === undefined) return;
    const spec = parsed(readFileSync(new URL(`camkes-${name}.cdl`, specimens), "utf8"));
    const expected = JSON.parse(
      readFileSync(new URL(`camkes-${name}.json`, specimens), "utf8"),
    ) as unknown;
    // The specimens' order is that of a kernel with these sizes.
    const sizes = { ...kindSizes("x86_64"), notification: 5 };
    const written = writeCapdlJson(spec, spec.arch === "x86_64" ? { sizes } : {});
    expect(written.leftOut).toEqual([]);
    expect(withoutDefaults(JSON.parse(written.text))).toEqual(withoutDefaults(expected));
    const again = read(written.text, spec.arch);
    expect(writeCapdlJson(again, spec.arch === "x86_64" ? { sizes } : {}).text).toBe(written.text);
  });

  it("reads CantripOS's systems", () => {
    if (specimens === undefined) return;
    for (const [name, arch, count] of [
      ["cantrip-sparrow-riscv32-mcs", "riscv", 4623],
      ["cantrip-bcm2837-aarch64-mcs", "aarch64", 1494],
    ] as const) {
      const json = gunzipSync(readFileSync(new URL(`${name}.json.gz`, specimens))).toString();
      const spec = read(json, arch);
      expect(spec.objects).toHaveLength(count);
      // The specimen's order is that of a kernel with larger TCBs.
      const sizes = { ...kindSizes(arch), ...(arch === "riscv" ? { tcb: 10 } : {}) };
      expect(withoutDefaults(JSON.parse(writeCapdlJson(spec, { sizes }).text))).toEqual(
        withoutDefaults(JSON.parse(json)),
      );
    }
  });

  it("goes from text to JSON and back, but for what it lacks", () => {
    const { text, leftOut } = writeCapdlJson(smallSpec);
    expect(leftOut.join("\n")).toContain("boot info BootInfo");
    expect(leftOut.join("\n")).toContain("sched_control");
    const spec = read(text, "riscv");
    expect(writeCapdlJson(spec).text).toBe(text);
    const loaded = loaderSpec(spec);
    expect(loaded.ok).toBe(true);
    expect(parsed(printCapdl(spec, { dialect: "cantrip" }), "cantrip").objects).toHaveLength(
      smallSpec.objects.length,
    );
  });

  it("keeps numbers of 64 bits and untypeds in untypeds", () => {
    const spec = parsed(
      "arch aarch64 objects { c = cnode (2 bits) e = ep u = ut (20 bits) { e, v = ut (12 bits) { n = notification } } } caps { c { 1: e (badge: 0xfffffffffffffff1) } }",
    );
    const { text } = writeCapdlJson(spec);
    expect(text).toContain('"badge":18446744073709551601');
    expect(text).toContain(
      '"untyped_covers":[{"parent":0,"children":{"start":2,"end":4}},{"parent":3,"children":{"start":4,"end":5}}]',
    );
    const again = read(text, "aarch64");
    const print = (each: CapdlSpec): string => printCapdl(each, { dialect: "upstream" });
    expect(print(again)).toBe(print(spec));
  });

  it("reads the older forms", () => {
    const old = `{"objects":[
      {"name":"c","object":{"CNode":{"size_bits":2,"slots":[[1,{"Frame":{"object":1,"rights":{"read":true,"write":false,"grant":true,"grant_reply":false},"cached":true}}]]}}},
      {"name":"f","object":{"Frame":{"size_bits":12,"paddr":null,"init":{"Fill":{"entries":[]}}}}},
      {"name":"e","object":{"Endpoint":null}},
      {"name":"i","object":{"Irq":{"slots":[]}}}],"irqs":[[5,3]],"asid_slots":[]}`;
    const spec = read(old, "riscv");
    expect(printCapdl(spec, { dialect: "upstream" })).toContain("  c {1: f (RX)}\n");
    expect(spec.irqs).toEqual([{ irq: 5, object: "i" }]);
  });

  it.each<[string, string, string]>([
    ["no list", "{}", "objects: a list expected"],
    [
      "an endpoint with fields",
      minimal('{"Endpoint":{}}'),
      "objects[0].object.Endpoint: null expected",
    ],
    ["a kind that is none", minimal('"Teapot"'), "objects[0].object: a kind of object expected"],
    [
      "text for a number",
      minimal('{"AsidPool":{"high":"0x1"}}'),
      "objects[0].object.AsidPool.high: a whole number expected",
    ],
    [
      "a size above 8 bits",
      minimal('{"Untyped":{"size_bits":256}}'),
      "objects[0].object.Untyped.size_bits: a number of 8 bits expected",
    ],
  ])("refuses %s", (_, text, error) => {
    expect(readCapdlJson(text, "riscv")).toEqual({ ok: false, error });
  });

  it("refuses what is no JSON", () => {
    expect(readCapdlJson("{", "riscv").ok).toBe(false);
  });
});

/** Fields that may be absent, in one form. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, item]) =>
          item !== null &&
          !(key === "x86_ept" && item === false) &&
          !(key === "domain" && item === 0),
      )
      .map(([key, item]) => [key, withoutDefaults(item)]),
  );
}
