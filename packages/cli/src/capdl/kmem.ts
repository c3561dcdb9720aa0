import process from "node:process";
import { leastRam } from "@cantrip/assembly/riscv";
import { kmemText, leastMemory, sizeReport } from "@cantrip/capdl/size";
import { specOf } from "../capdl-source.ts";
import { findPlatform, findProfile, findSystem } from "../systems.ts";
import { sizesFor } from "./kernel-sizes.ts";
import { readArguments } from "./options.ts";

/** `cantrip kmem [FILE]`: the table of CantripOS's `kmem.sh`, for a file or a system; of a system also the RAM that it needs. */
export function kmem(args: readonly string[]): number {
  const options = readArguments(args, { details: { type: "boolean", default: false, short: "d" } });
  const spec = specOf(options);
  if (spec === undefined) return 1;
  const sizes = sizesFor(spec, options);
  process.stdout.write(kmemText(sizeReport(spec, sizes), options.has("details")));
  process.stdout.write(`\nuntyped memory for it: at least ${leastMemory(spec, sizes)} bytes\n`);
  if (options.file !== undefined) return 0;
  const platform = findPlatform("sparrow");
  const system = findSystem(options.system, findProfile(options.profile), platform.name);
  const kib = leastRam({ system, platform }) / 1024;
  process.stdout.write(`RAM in which it boots to the prompt: at least ${kib} KiB\n`);
  return 0;
}
