import { gzipSync } from "node:zlib";
import { build, type BuildFailure } from "esbuild";

export interface Bundle {
  /** Bytes of the minified bundle. */
  readonly minified: number;
  /** The same after gzip. */
  readonly gzip: number;
}

/** A bundle, or why there is none. */
export type BundleResult =
  | { readonly bundle: Bundle; readonly errors: readonly [] }
  | { readonly bundle: undefined; readonly errors: readonly string[] };

/**
 * Bundles a program with all that it imports.
 *
 * @param platform - `browser` refuses Node's own modules
 * @param external - packages that are left out
 */
export async function bundle(
  code: string,
  folder: string,
  platform: "browser" | "node",
  external: readonly string[] = [],
): Promise<BundleResult> {
  try {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: folder, loader: "ts", sourcefile: "program.ts" },
      bundle: true,
      format: "esm",
      target: "es2022",
      minify: true,
      write: false,
      platform,
      external: [...external],
      logLevel: "silent",
    });
    const bytes = outputFiles[0]?.contents ?? new Uint8Array();
    return {
      bundle: { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length },
      errors: [],
    };
  } catch (error) {
    const { errors } = error as BuildFailure;
    return {
      bundle: undefined,
      errors: errors.map(
        ({ text, location }) =>
          `${text} (${location?.file.split("/node_modules/").at(-1) ?? ""} line ${location?.line ?? 0})`,
      ),
    };
  }
}

/** The smallest program that uses everything of an entry. */
export function wholeEntry(entry: string): string {
  return `import * as x from ${JSON.stringify(entry)};\nconsole.log(x);\n`;
}
