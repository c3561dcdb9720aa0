import type { Plugin } from "vitest/config";
import { examplesIn, instrument } from "./readme-examples.ts";

const MODULE = /^(.*\/packages\/[^/]+\/README)\.(\d+)\.ts$/;

/**
 * Makes a module of every `ts` block of a package's README: `packages/<folder>/README.<number>.ts`. It lies in the
 * package's folder, so it can import the package by its name, and its dependencies, and nothing else.
 */
export function readmeModules(): Plugin {
  return {
    name: "readme-modules",
    enforce: "pre",
    resolveId: (id) => (MODULE.test(id) ? id : undefined),
    async load(id) {
      const [, file, number] = MODULE.exec(id) ?? [];
      if (file === undefined) return undefined;
      const readme = `${file}.md`;
      this.addWatchFile(readme);
      const example = examplesIn(readme)[Number(number) - 1];
      if (example === undefined) throw new Error(`${readme} has no example ${number ?? ""}`);
      const { default: ts } = await import("typescript");
      return instrument(ts, example.code).code;
    },
  };
}
