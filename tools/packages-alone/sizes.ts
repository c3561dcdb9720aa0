import type { Bundle } from "./bundle.ts";

/** Sizes of the bundles, by entry. */
export type Sizes = Readonly<Record<string, Bundle>>;

/** A bundle may grow by this much before somebody has to agree. */
const GROWTH = 0.1;

/** What has outgrown its recorded size, is not recorded, or is recorded and not there. */
export function compareSizes(got: Sizes, recorded: Sizes): ReadonlyMap<string, readonly string[]> {
  const names = [...new Set([...Object.keys(got), ...Object.keys(recorded)])].sort();
  return new Map(names.map((name) => [name, compare(got[name], recorded[name])]));
}

function compare(got: Bundle | undefined, recorded: Bundle | undefined): string[] {
  if (recorded === undefined) return ["has no recorded size (--update records it)"];
  if (got === undefined) return ["is recorded and not there any more (--update removes it)"];
  return (["minified", "gzip"] as const).flatMap((kind) => {
    const most = Math.floor(recorded[kind] * (1 + GROWTH));
    if (got[kind] <= most) return [];
    return [`${kind}: got ${got[kind]} bytes, wanted at most ${most} (--update agrees to it)`];
  });
}
