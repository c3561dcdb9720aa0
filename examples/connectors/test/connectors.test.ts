import { buildBootImage, type ComponentType, withComponent } from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { describe, expect, it } from "vitest";
import { boss } from "../src/boss.ts";
import { system } from "../src/system.ts";
import { worker } from "../src/worker.ts";

function linesOf(description: typeof system): string[] {
  const session = new ConsoleSession({ system: description });
  session.advance(1);
  return session.transcript.match(/^(boss|ann|bob): .*$/gm) ?? [];
}

describe("a system of connectors", () => {
  it("does the work of two workers, and waits for both with one thread", () => {
    const lines = linesOf(system);
    expect(lines.toSorted()).toEqual([
      "ann: 1500 squares are there",
      "ann: 1500 squares are wanted",
      "bob: 3 squares are there",
      "bob: 3 squares are wanted",
      "boss: left sum 1123875250",
      "boss: right sum 5",
    ]);
  });

  it("needs the signal, the page of each thread, and the way for the results", () => {
    const without = (name: string, change: Partial<ComponentType>, type: ComponentType) =>
      linesOf(withComponent(system, name, { type: { ...type, ...change } }));
    // A thread that may not print ends, before it does anything.
    const silent = without("ann", { callers: { print: ["work"] } }, worker);
    expect(silent).toContain("ann: 1500 squares are wanted");
    expect(silent).not.toContain("ann: 1500 squares are there");
    expect(silent).not.toContain("boss: left sum 1123875250");
    expect(silent).toContain("boss: right sum 5");
    // The boss waits for both; a thread for itself would have left the other's signal to nobody.
    const alone = without("boss", { sharedThreads: { control: ["left"] } }, boss);
    expect(alone.join()).not.toContain("sum");
  });

  it("has a page for each thread that prints", () => {
    const { spec } = buildBootImage(system);
    const pages = spec.objects.filter(({ name }) => /^multi_print_\d+_data/.test(name));
    expect(pages).toHaveLength(5);
  });
});
