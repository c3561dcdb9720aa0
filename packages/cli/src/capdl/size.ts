import process from "node:process";
import {
  blocksOf,
  kindsText,
  kmemText,
  leastMemory,
  packingText,
  packSpec,
  sizeReport,
} from "@cantrip/capdl/size";
import { specOf } from "../capdl-source.ts";
import { parseSize } from "../option-values.ts";
import { sizesFor } from "./kernel-sizes.ts";
import { readArguments } from "./options.ts";

/** `cantrip capdl size [FILE]`: 0; 1 for a specification that is refused, or that does not fit into `--ram`. */
export function size(args: readonly string[]): number {
  const options = readArguments(args, {
    ram: { type: "string" },
    details: { type: "boolean", default: false },
    format: { type: "string", default: "text" },
  });
  const format = options.oneOf("format", ["text", "json"]);
  const ram = options.value("ram");
  const bytes = ram === undefined ? undefined : parseSize(ram);
  const spec = specOf(options);
  if (spec === undefined) return 1;
  const sizes = sizesFor(spec, options);
  const report = sizeReport(spec, sizes);
  const least = leastMemory(spec, sizes);
  const packing = packSpec(spec, blocksOf(0, bytes ?? least), sizes);
  if (format === "json") {
    const { placements, ...packed } = packing;
    const text = JSON.stringify({
      ...report,
      leastMemory: least,
      packing: { ...packed, placements: Object.fromEntries(placements) },
    });
    process.stdout.write(`${text}\n`);
  } else {
    process.stdout.write(
      [
        `${kindsText(report)}\n${kmemText(report, options.has("details"))}\n`,
        `least memory for these objects: ${least} bytes\n${packingText(packing)}`,
      ].join(""),
    );
  }
  return packing.unplaced === undefined ? 0 : 1;
}
