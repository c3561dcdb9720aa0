import { readdirSync, readFileSync } from "node:fs";
import { type CapdlDialect } from "@cantrip/capdl";
import { expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { randomText } from "./random-text.ts";
import { expectAnswer, expectRoundTrip, mutated } from "./round-trip.ts";
import { specimens } from "./specimens.ts";

it("text to model to text to model is the identity on twenty thousand specifications", () => {
  for (let seed = 1; seed <= 20_000; seed++) expectRoundTrip(seed * 0x9e37);
}, 600_000);

it("fifty thousand changed specifications give a model or mistakes with their places", () => {
  const report = new FuzzReport("changed specifications, many");
  for (let seed = 1; seed <= 50_000; seed++) {
    const { text, dialect } = randomText(seed * 0x9e37);
    report.count(expectAnswer(mutated(text, seed), dialect));
  }
  report.finish();
}, 600_000);

// These specifications are other people's and are not part of this repository.
it.skipIf(specimens === undefined)(
  "changed specimens give a model or mistakes with their places",
  () => {
    if (specimens === undefined) return;
    const report = new FuzzReport("changed specimens");
    for (const name of readdirSync(specimens).filter((file) => file.endsWith(".cdl"))) {
      const text = readFileSync(new URL(name, specimens), "utf8");
      const dialect: CapdlDialect = name.startsWith("cantrip") ? "cantrip" : "upstream";
      expectAnswer(text, dialect);
      const count = Math.min(1000, Math.ceil(3_000_000 / text.length));
      for (let seed = 1; seed <= count; seed++)
        report.count(expectAnswer(mutated(text, seed * 0x9e37), dialect));
    }
    expect(report.total).toBeGreaterThan(1000);
    report.finish();
  },
  600_000,
);
