import { examplesOf } from "../workspace/readme-examples.ts";
import { type Bundle, bundle, wholeEntry } from "./bundle.ts";
import type { TypeChecker } from "./check-types.ts";
import { installAlone, type PackedPackage, readmeOf } from "./packed-package.ts";
import { runExample } from "./run-examples.ts";

/** Packages that do not run in a browser; their README says so. */
const NODE_ONLY = ["@cantrip/cli"];
const NODE_ONLY_NOTE = "Node only";

export interface Check {
  readonly name: string;
  readonly mistakes: readonly string[];
}

export interface PackageReport {
  readonly checks: readonly Check[];
  /** Bundle sizes by entry. */
  readonly sizes: ReadonlyMap<string, Bundle>;
}

/**
 * Installs a package by itself and checks it: its examples run, have types, and can be bundled for a browser.
 *
 * @param folder - an empty folder for it
 */
export async function checkPackage(
  entry: PackedPackage,
  packages: readonly PackedPackage[],
  folder: string,
  types: TypeChecker,
): Promise<PackageReport> {
  installAlone(entry, packages, folder);
  const checks: Check[] = [];
  const sizes = new Map<string, Bundle>();
  const check = (what: string, mistakes: readonly string[]): void => {
    checks.push({ name: `${entry.name} ${what}`, mistakes });
  };
  const readme = readmeOf(entry);
  const examples = examplesOf(readme);
  const nodeOnly = NODE_ONLY.includes(entry.name);
  if (nodeOnly !== readme.includes(NODE_ONLY_NOTE)) {
    check("README", [`"${NODE_ONLY_NOTE}" must stand in the README of Node's packages alone`]);
  }
  if (examples.length === 0) check("README", ["there is no example in a ts block"]);
  for (const example of examples) {
    const name = `example at line ${example.line}`;
    check(`${name} runs`, await runExample(example, folder));
    const file = `${folder}/example-${example.number}.mts`;
    check(`${name} has types`, types.check(new Map([[file, example.code]])));
    if (nodeOnly) continue;
    check(`${name} bundles`, (await bundle(example.code, folder, "browser", entry.peers)).errors);
  }
  for (const path of entry.entries) {
    const platform = nodeOnly || /\/node(\/|$)/.test(path) ? "node" : "browser";
    const result = await bundle(wholeEntry(path), folder, platform, entry.peers);
    checks.push({ name: `${path} bundles for ${platform}`, mistakes: result.errors });
    if (result.bundle !== undefined) sizes.set(path, result.bundle);
    const file = `${folder}/whole-entry.ts`;
    checks.push({
      name: `${path} has types`,
      mistakes: types.check(new Map([[file, wholeEntry(path)]])),
    });
  }
  return { checks, sizes };
}
