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

  it("has the packages that docs/crates.md names, and not those that it says are missing", () => {
    const folders = packages().map(({ folder }) => folder);
    const rows = read("docs/crates.md").matchAll(/^\|[^|]*\|([^|]*)\|$/gm);
    const named = [...rows].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([a-z0-9-]+)(?:\/[a-z-]+)?`( \(not there yet\))?/g)].map(
        ([, name = "", missing]) => ({ name, isThere: missing === undefined }),
      ),
    );
    expect(named.length).toBeGreaterThan(30);
    const wrong = named.filter(
      ({ name, isThere }) => name !== "examples" && folders.includes(name) !== isThere,
    );
    expect(wrong).toEqual([]);
  });
});
