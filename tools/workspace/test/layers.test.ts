import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import { afterEach, describe, expect, it } from "vitest";
import { ROOT } from "../packages.ts";

const { forbidden, options } = createRequire(import.meta.url)(
  `${ROOT}.dependency-cruiser.cjs`,
) as Required<IConfiguration>;

let folder = "";
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Names of the rules that a module breaks which stands in a package's sources. */
async function broken(packageFolder: string, source: string): Promise<string[]> {
  folder = mkdtempSync(`${ROOT}packages/${packageFolder}/src/layers-`);
  writeFileSync(`${folder}/module.ts`, source);
  const { output } = await cruise([folder.slice(ROOT.length)], {
    ...options,
    ruleSet: { forbidden },
    validate: true,
    baseDir: ROOT,
  });
  const { summary } = output as ICruiseResult;
  return [...new Set(summary.violations.map(({ rule }) => rule.name))];
}

describe("the layers", () => {
  it("let a service import what services may import", async () => {
    expect(await broken("uart-driver", 'export * from "@cantrip/camkes-rpc";\n')).toEqual([]);
  });

  it.each([
    ["a service", "uart-driver", "sel4-kernel"],
    ["a service", "uart-driver", "timer-service"],
    ["the kernel", "sel4-kernel", "hw-riscv"],
    ["the machine", "hw-riscv", "sel4-kernel"],
    ["a format", "cpio", "camkes-rpc"],
  ])("do not let %s in %s import %s", async (_what, packageFolder, imported) => {
    const source = `export * from "../../../${imported}/src/index.ts";\n`;
    expect(await broken(packageFolder, source)).toContain(
      `${packageFolder}-imports-only-what-the-table-allows`,
    );
  });

  it("do not let core code import Node", async () => {
    expect(await broken("hosted", 'export * from "node:fs";\n')).toEqual(["node-only-at-the-edge"]);
  });
});
