import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { closure, type PackedPackage } from "./packed-package.ts";

/**
 * Installs a package with npm, with tarballs for it and all that it needs, and imports its entries.
 *
 * No registry is asked: every package is a direct dependency with a tarball, and npm is offline with an empty cache.
 */
export function npmInstall(
  entry: PackedPackage,
  packages: readonly PackedPackage[],
  folder: string,
): string[] {
  mkdirSync(folder, { recursive: true });
  const needed = [...closure(entry, packages)];
  const tarballs = [
    ...needed.map(({ name, tarball }) => [name, `file:${tarball}`]),
    ...needed.flatMap(({ others }) => others.map((other) => [other.name, `file:${other.folder}`])),
  ];
  const manifest = {
    name: "installs-one-package",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(tarballs) as Record<string, string>,
  };
  writeFileSync(`${folder}/package.json`, JSON.stringify(manifest));
  const imports = entry.entries.map((path) => `await import(${JSON.stringify(path)});`).join("\n");
  try {
    const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;
    const flags = ["--offline", "--no-audit", "--no-fund", "--cache", `${folder}/cache`];
    execFileSync("npm", ["install", ...flags], options);
    execFileSync(process.execPath, ["--input-type=module", "-e", imports], options);
    return [];
  } catch (error) {
    return [(error as { readonly stderr?: string }).stderr ?? String(error)];
  }
}
