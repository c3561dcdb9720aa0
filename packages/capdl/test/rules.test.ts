import { readFileSync } from "node:fs";
import { explainCapdl, RULES, rulesMarkdown } from "@cantrip/capdl";
import { describe, expect, it } from "vitest";

describe("rules", () => {
  it("have codes of their own, found in either case", () => {
    const codes = Object.values(RULES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(explainCapdl("capdl0201")).toBe(RULES["slot-out-of-range"]);
    expect(explainCapdl("CAPDL9999")).toBeUndefined();
  });

  it("have their pages in the documentation", () => {
    const page = new URL("../../../docs/capdl-diagnostics.md", import.meta.url);
    // Prettier wraps tables and lists, of which there are none.
    expect(readFileSync(page, "utf8")).toBe(rulesMarkdown());
  });
});
