import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type PackageReport, checkPackage } from "../check-package.ts";
import { TypeChecker } from "../check-types.ts";
import { npmInstall } from "../npm-install.ts";
import { type PackedPackage, unpack } from "../packed-package.ts";
import { compareSizes } from "../sizes.ts";

const root = mkdtempSync(`${realpathSync(tmpdir())}/packages-alone-test-`);
afterAll(() => {
  rmSync(root, { recursive: true });
});

const types = new TypeChecker();

/** A package of one function, of whose files some are replaced. */
interface Fixture {
  readonly name?: string;
  readonly dependencies?: readonly string[];
  readonly js?: string;
  readonly dts?: string;
  readonly example?: string;
}

const HELPER: Fixture = { name: "helper" };

let made = 0;

function packed(fixtures: readonly Fixture[]): PackedPackage[] {
  const folder = `${root}/${made++}`;
  const tarballs = fixtures.map((fixture) => {
    const { name = "broken", dependencies = [] } = fixture;
    const source = `${folder}/source/${name}`;
    const manifest = {
      name,
      version: "1.0.0",
      type: "module",
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
      dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, "^1.0.0"])),
    };
    const example =
      fixture.example ?? `import { twice } from "${name}";\nconsole.log(twice(2)); // 4\n`;
    const files = {
      "package/package.json": JSON.stringify(manifest),
      "package/README.md": `# ${name}\n\n\`\`\`ts\n${example}\`\`\`\n`,
      "package/dist/index.js": fixture.js ?? "export const twice = (n) => 2 * n;\n",
      "package/dist/index.d.ts":
        fixture.dts ?? "export declare function twice(n: number): number;\n",
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(`${source}/${path}`), { recursive: true });
      writeFileSync(`${source}/${path}`, text);
    }
    execFileSync("tar", ["-czf", `${folder}/${name}.tgz`, "-C", source, "package"]);
    return `${folder}/${name}.tgz`;
  });
  return unpack(tarballs, `${folder}/store`);
}

async function report(...fixtures: readonly Fixture[]): Promise<PackageReport> {
  const packages = packed(fixtures);
  const [entry] = packages;
  if (entry === undefined) throw new Error("no fixture");
  return checkPackage(entry, packages, `${root}/${made++}`, types);
}

/** Names of the checks that failed, without the package's, and what they said. */
async function failures(...fixtures: readonly Fixture[]): Promise<Record<string, string>> {
  const { checks } = await report(...fixtures);
  expect(checks.map(({ name }) => name)).toEqual([
    "broken example at line 4 runs",
    "broken example at line 4 has types",
    "broken example at line 4 bundles",
    "broken bundles for browser",
    "broken has types",
  ]);
  const bad = checks.filter(({ mistakes }) => mistakes.length > 0);
  return Object.fromEntries(
    bad.map(({ name, mistakes }) => [name.replace("broken ", ""), mistakes.join("\n")]),
  );
}

describe("the checks of a package alone", () => {
  it("pass a package without mistakes, and measure it", async () => {
    expect(await failures({})).toEqual({});
    const { sizes } = await report({});
    expect(sizes.get("broken")?.minified).toBeGreaterThan(50);
    expect(sizes.get("broken")?.gzip).toBeGreaterThan(50);
  });

  it("pass a declared dependency", async () => {
    const js = 'export { twice } from "helper";\n';
    expect(await failures({ dependencies: ["helper"], js, dts: js }, HELPER)).toEqual({});
  });

  it("fail an undeclared dependency", async () => {
    const js = 'export { twice } from "helper";\n';
    const found = await failures({ js, dts: js }, HELPER);
    expect(found["example at line 4 runs"]).toContain("Cannot find package 'helper'");
    expect(found["bundles for browser"]).toContain('Could not resolve "helper"');
    expect(found["has types"]).toContain("Cannot find module 'helper'");
  });

  it("fail a dependency of a dependency that the package itself does not declare", async () => {
    const js = 'import "deep";\nexport { twice } from "helper";\n';
    const middle = { name: "helper", dependencies: ["deep"] };
    const found = await failures({ dependencies: ["helper"], js }, middle, { name: "deep" });
    expect(found["example at line 4 runs"]).toContain("Cannot find package 'deep'");
  });

  it("fail an undeclared dependency of the declarations only", async () => {
    const dts =
      'import type { twice as t } from "helper";\nexport declare const twice: typeof t;\n';
    expect(Object.keys(await failures({ dts }, HELPER))).toEqual([
      "example at line 4 has types",
      "has types",
    ]);
  });

  it("fail an example that throws", async () => {
    const example =
      'import { twice } from "broken";\nif (twice(1) === 2) throw new Error("two");\n';
    expect(await failures({ example })).toEqual({ "example at line 4 runs": "Error: two" });
  });

  it("fail a comment that is not what is printed", async () => {
    const example = 'import { twice } from "broken";\nconsole.log([twice(2)], "a"); // [ 5 ] a\n';
    expect(await failures({ example })).toEqual({
      "example at line 4 runs": "line 2: printed [ 4 ] a, wanted [ 5 ] a",
    });
  });

  it("fail an example that is not typed under --strict", async () => {
    const example =
      'import { twice } from "broken";\nconst f = (n) => twice(n);\nconsole.log(f(1)); // 2\n';
    expect(await failures({ example })).toEqual({
      "example at line 4 has types": "line 2: Parameter 'n' implicitly has an 'any' type.",
    });
  });

  it("fail a module of Node in a browser's package", async () => {
    const js =
      'import { cpus } from "node:os";\nexport const twice = (n) => 2 * n * (cpus() && 1);\n';
    const found = await failures({ js });
    expect(Object.keys(found)).toEqual(["example at line 4 bundles", "bundles for browser"]);
    expect(found["bundles for browser"]).toContain('Could not resolve "node:os"');
  });

  it("fail a README without an example", async () => {
    const [entry] = packed([{}]);
    if (entry === undefined) throw new Error("no fixture");
    writeFileSync(`${entry.folder}/README.md`, "# broken\n");
    const { checks } = await checkPackage(entry, [entry], `${root}/${made++}`, types);
    expect(checks[0]).toEqual({
      name: "broken README",
      mistakes: ["there is no example in a ts block"],
    });
  });

  it("fail a tarball that npm cannot install, and pass one that it can", () => {
    const packages = packed([{ dependencies: ["helper"] }, HELPER]);
    const [entry] = packages;
    if (entry === undefined) throw new Error("no fixture");
    expect(npmInstall(entry, packages, `${root}/${made++}`)).toEqual([]);
    const [mistake] = npmInstall(entry, [entry], `${root}/${made++}`);
    expect(mistake).toContain("ENOTCACHED");
  });
});

describe("sizes", () => {
  const recorded = { a: { minified: 1000, gzip: 500 } };

  it("may grow by a tenth", () => {
    const found = compareSizes({ a: { minified: 1100, gzip: 550 } }, recorded);
    expect([...found]).toEqual([["a", []]]);
  });

  it("fail growth beyond a tenth", () => {
    const found = compareSizes({ a: { minified: 1101, gzip: 551 } }, recorded);
    expect(found.get("a")).toEqual([
      "minified: got 1101 bytes, wanted at most 1100 (--update agrees to it)",
      "gzip: got 551 bytes, wanted at most 550 (--update agrees to it)",
    ]);
  });

  it("fail an entry that is not recorded, and a record of nothing", () => {
    const found = compareSizes({ b: { minified: 1, gzip: 1 } }, recorded);
    expect([...found.values()].map(({ length }) => length)).toEqual([1, 1]);
  });
});
