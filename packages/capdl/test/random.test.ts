import { readFileSync } from "node:fs";
import { type CapdlDialect, checkText, loaderSpec, parseCapdl, printCapdl } from "@cantrip/capdl";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { randomText } from "./random-text.ts";
import { expectAnswer, expectRoundTrip, mutated } from "./round-trip.ts";

const probes = Object.values(
  JSON.parse(readFileSync(new URL("data/probes.json", import.meta.url), "utf8")) as Record<
    string,
    { readonly spec: string }
  >,
);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const dialects = fc.constantFrom<CapdlDialect>("upstream", "cantrip");

describe("random specifications", () => {
  it("text to model to text to model is the identity, in both dialects", () => {
    fc.assert(fc.property(seeds, expectRoundTrip), { numRuns: 200 });
  });

  it("give the same model and the same mistakes by the quick way and by the whole parser", () => {
    for (const { spec } of probes) {
      expectAnswer(spec, "upstream");
      expectAnswer(spec, "cantrip");
    }
  });

  it("give a model, or mistakes with their places, when they are changed at random", () => {
    const report = new FuzzReport("changed specifications");
    fc.assert(
      fc.property(seeds, seeds, (seed, change) => {
        const { text, dialect } = randomText(seed);
        report.count(expectAnswer(mutated(text, change), dialect));
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...probes), dialects, seeds, ({ spec }, dialect, change) => {
        report.count(expectAnswer(mutated(spec, change), dialect));
      }),
      { numRuns: 400 },
    );
    report.finish();
  });
});

it("a loader's specification prints what was in the text", () => {
  const text =
    "arch riscv objects { t = tcb (addr: 1, ip: 2, sp: 16, prio: 1, max_prio: 1, affinity: 0) }";
  const said = text.replace("affinity: 0", "affinity: 0, resume: True");
  for (const each of [text, said, said.replace("True", "False")]) {
    const parsed = parseCapdl(each, { dialect: "cantrip" });
    if (!parsed.ok) throw new Error("unexpected");
    const loaded = loaderSpec(parsed.spec);
    if (!loaded.ok) throw new Error(loaded.errors.join());
    const printed = printCapdl(loaded.spec, { dialect: "cantrip" });
    expect(printed).toBe(printCapdl(parsed.spec, { dialect: "cantrip" }));
    expect(/resume: \w+/.exec(printed)?.[0]).toBe(/resume: \w+/.exec(each)?.[0]);
  }
});

it("a frame of a line of its own, with children on the next, is refused by the quick way as well", () => {
  const text = "arch riscv\nobjects {\na = ep\nf = frame (4k, fill: [])\n{ a }\nb = pt\n{ a }\n}";
  expect(expectAnswer(text, "upstream")).toBe("CAPDL0014");
});

it("finds what is wrong in tables of plain lines", () => {
  const table = (...lines: readonly string[]): readonly string[] => {
    const frames = "f = frame (4k, fill: [])\ng = frame (4k, fill: [])\nh = frame (4k, fill: [])";
    const text = `arch x86_64\nobjects {\n${frames}\np = pt\nq = pt\n}\ncaps {\n${lines.join("\n")}\n}\n`;
    expectAnswer(text, "upstream");
    return checkText(text, { dialect: "upstream" }).findings.map(({ message }) => message);
  };
  const unused = ["p: nothing refers to it", "q: nothing refers to it"];
  const all = ["0x0: f (RW)", "0x1: g (R)", "0x2: h (RX)"];
  expect(table("p {", ...all, "}")).toEqual(unused);
  expect(table("p {", "0x0: f (RW)", "0x1: g (R)", "}")).toEqual([
    "h: nothing refers to it",
    ...unused,
  ]);
  expect(table("p {", "0x0: f (RW)", "0x1: g (R)", "0x200: h (R)", "}")).toEqual([
    ...unused,
    "p, slot 512: only 512 slots",
  ]);
  expect(table("p {", "0x0: f (RW)", "}", "p {", "0x300: g (RW)", "0x1: h (R)", "}")).toEqual([
    ...unused,
    "p, slot 768: only 512 slots",
  ]);
  expect(table("p {", "0x0: f (RW)", "0x1: g (R)", "0x1: h (R)", "}")).toEqual([
    "p: slot 1 is filled already",
  ]);
  expect(table("p {", ...all, "0x3: q", "}")).toEqual([
    "p: nothing refers to it",
    'p, slot 3: "q" is a pt, frame expected',
  ]);
});
