import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { packages, ROOT } from "../packages.ts";
import { fillTables, filesWithTables } from "../readme-tables.ts";

const read = (file: string): string => readFileSync(ROOT + file, "utf8");

interface Config {
  readonly references?: readonly { readonly path: string }[];
}

describe("the workspace", () => {
  it.each(filesWithTables())("has up-to-date tables in %s (pnpm readme writes them)", (file) => {
    expect(read(file)).toBe(fillTables(read(file), file));
  });

  it.each(packages())("has project references for the dependencies of $folder", (entry) => {
    const config = JSON.parse(read(`packages/${entry.folder}/tsconfig.json`)) as Config;
    const references = (config.references ?? []).map(({ path }) =>
      path.replace("../", "@cantrip/"),
    );
    const dependencies = Object.keys(entry.manifest.dependencies ?? {}).filter((name) =>
      name.startsWith("@cantrip/"),
    );
    expect(references.sort()).toEqual(dependencies.sort());
  });

  it("builds every package", () => {
    const { references } = JSON.parse(read("tsconfig.json")) as Config;
    const built = (references ?? [])
      .map(({ path }) => path)
      .filter((path) => path.startsWith("packages/"));
    expect(built.sort()).toEqual(packages().map(({ folder }) => `packages/${folder}`));
  });
});
