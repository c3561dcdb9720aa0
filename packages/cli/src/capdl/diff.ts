import process from "node:process";
import { type DiffParameter, differencesText, diffSpecs } from "@cantrip/capdl/diff";
import { type CapdlSource, specOf } from "../capdl-source.ts";
import { UsageError } from "../usage-error.ts";
import { type CapdlArguments, readArguments } from "./options.ts";

const IGNORABLE: readonly DiffParameter[] = [
  ...(["fill", "paddr", "addr", "ip", "sp", "prio", "maxPrio", "affinity", "domain"] as const),
  ...(["resume", "init", "faultEp", "sizeBits", "hasUntypedMemory", "asidHigh"] as const),
  ...(["periodUs", "budgetUs", "data", "rights", "badge", "guard", "guardSize"] as const),
  ...(["cached", "mapping", "asid"] as const),
];

/** `cantrip capdl diff A [B]`: 0 the same but for names, 1 not the same. Without B, the other is the system. */
export function diff(args: readonly string[]): number {
  const options = readArguments(
    args,
    { ignore: { type: "string" }, format: { type: "string", default: "text" } },
    2,
  );
  const ignore = ignored(options.value("ignore"));
  const format = options.oneOf("format", ["text", "json"]);
  const left = read(options, options.files[0]);
  const right = specOf({ ...options, file: options.files[1] });
  // Refused: neither the same nor different.
  if (left === undefined || right === undefined) return 2;
  const { isIsomorphic, differences } = diffSpecs(left, right, { ignore });
  process.stdout.write(
    format === "json" ? `${JSON.stringify(differences)}\n` : differencesText(differences),
  );
  return isIsomorphic ? 0 : 1;
}

function read(source: CapdlArguments, file: string | undefined): ReturnType<typeof specOf> {
  if (file === undefined) throw new UsageError("capdl diff: a file is needed, or two");
  return specOf({ ...source, file } satisfies CapdlSource);
}

function ignored(list: string | undefined): DiffParameter[] {
  return (list?.split(",") ?? []).map((name) => {
    const known = IGNORABLE.find((each) => each === name);
    if (known === undefined)
      throw new UsageError(`--ignore ${name}: known: ${IGNORABLE.join(", ")}`);
    return known;
  });
}
