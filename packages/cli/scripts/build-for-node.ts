import { buildSync } from "esbuild";

/**
 * Builds a program of the workspace into one file that Node runs alone, as packages are when they are published.
 *
 * @param entry - path of its first module
 * @param outfile - path of the file
 * @param external - packages that stay imports
 */
export function buildForNode(
  entry: string,
  outfile: string,
  external: readonly string[] = [],
): void {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    conditions: ["@cantrip/source"],
    external: [...external],
    logLevel: "error",
  });
}
