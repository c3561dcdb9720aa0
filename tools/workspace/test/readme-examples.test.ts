import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { packages, ROOT } from "../packages.ts";
import { examplesIn, examplesOf, instrument, misprints, type Printed } from "../readme-examples.ts";

describe.each(packages())("the README of $folder", ({ folder }) => {
  const readme = `${ROOT}packages/${folder}/README.md`;
  const examples = examplesIn(readme);

  it.each(examples)("has an example at line $line that prints what it says", async (example) => {
    const { expectations } = instrument(ts, example.code);
    const module = `${ROOT}packages/${folder}/README.${example.number}.ts`;
    const { printedByExample } = (await import(/* @vite-ignore */ module)) as {
      printedByExample: Printed;
    };
    expect(misprints(expectations, printedByExample)).toEqual([]);
  });

  it("shows what comes out, and says what it stands for", () => {
    const shown = examples.flatMap(({ code }) => instrument(ts, code).expectations);
    expect(shown.length, "console.log(…) with a comment").toBeGreaterThan(0);
    const headings = [...readFileSync(readme, "utf8").matchAll(/^## (.*)$/gm)].map(
      ([, text]) => text,
    );
    expect(headings).toEqual(
      expect.arrayContaining(["API", "Threat model and limits", "Stable exports", "Source"]),
    );
  });
});

describe("the reader of examples", () => {
  const fence = "```";
  const [example] = examplesOf(
    `# x\n\n${fence}ts\nconst b = 2;\nconsole.log(\n  { b },\n); // { b: 2 }\n${fence}\n${fence}sh\nls\n${fence}\n`,
  );
  const { code, expectations } = instrument(ts, example?.code ?? "");

  it("finds code, line and comments", () => {
    expect(example?.line).toBe(4);
    expect(expectations).toEqual([{ line: 2, text: "{ b: 2 }" }]);
    expect(code).toContain("__print(2)(");
  });

  it("says what was not printed, or otherwise", () => {
    expect(misprints(expectations, [[2, "{ b: 2 }"]])).toEqual([]);
    expect(misprints(expectations, [[2, "{ b: 3 }"]])).toEqual([
      "line 2: printed { b: 3 }, wanted { b: 2 }",
    ]);
    expect(misprints(expectations, [])).toEqual(["line 2: printed nothing, wanted { b: 2 }"]);
  });
});
