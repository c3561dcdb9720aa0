import process from "node:process";
import { ConsoleTimeout, leastRam } from "@cantrip/assembly/riscv";
import { kmemText, leastMemory, sizeReport } from "@cantrip/capdl/size";
import { specOf } from "../capdl-source.ts";
import { findPlatform, findProfile, findSystem } from "../systems.ts";
import { sizesFor } from "./kernel-sizes.ts";
import { UsageError } from "../usage-error.ts";
import { liveJson, liveMemory, liveText, ownersText } from "./live-kmem.ts";
import { type CapdlArguments, readArguments } from "./options.ts";

/**
 * `cantrip kmem [FILE]`: the table of CantripOS's `kmem.sh`, for a file or a system; of a system also the RAM that it needs.
 * With `--live` of a system that runs: what is in its kernel at the prompt, or after commands, who has it, and the peak during
 * boot. `--format json` prints the same for programs.
 */
export function kmem(args: readonly string[]): number {
  const options = readArguments(args, {
    details: { type: "boolean", default: false, short: "d" },
    format: { type: "string", default: "text" },
    live: { type: "boolean", default: false },
    command: { type: "string", multiple: true },
  });
  const format = options.oneOf("format", ["text", "json"]);
  if (options.has("live")) return live(options, format);
  if (options.values("command").length > 0) throw new UsageError("--command needs --live");
  const spec = specOf(options);
  if (spec === undefined) return 1;
  const sizes = sizesFor(spec, options);
  if (format === "json") {
    const report = { ...sizeReport(spec, sizes), leastMemory: leastMemory(spec, sizes) };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  }
  process.stdout.write(kmemText(sizeReport(spec, sizes), options.has("details")));
  process.stdout.write(`\nuntyped memory for it: at least ${leastMemory(spec, sizes)} bytes\n`);
  if (options.file !== undefined) return 0;
  const platform = findPlatform("sparrow");
  const system = findSystem(options.system, findProfile(options.profile), platform.name);
  const kib = leastRam({ system, platform }) / 1024;
  process.stdout.write(`RAM in which it boots to the prompt: at least ${kib} KiB\n`);
  return 0;
}

function live(options: CapdlArguments, format: string): number {
  if (options.file !== undefined)
    throw new UsageError("kmem --live: of a system, not of a file; see --system");
  const platform = findPlatform("sparrow");
  const system = findSystem(options.system, findProfile(options.profile), platform.name);
  try {
    const commands = options.values("command");
    const memory = liveMemory(system, commands);
    if (format === "json") {
      process.stdout.write(liveJson(memory));
      return 0;
    }
    const rows = [
      ["most in use during boot", memory.peakBytes],
      ["in use at the prompt", memory.promptBytes],
      ...(commands.length === 0 ? [] : [["in use after the commands", memory.nowBytes]]),
      ["RAM", memory.ramBytes],
    ];
    process.stdout.write(`${liveText(memory.figures)}\n${ownersText(memory.owners)}\n`);
    for (const [name, bytes] of rows) process.stdout.write(`${name}: ${bytes} bytes\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConsoleTimeout)) throw error;
    process.stderr.write(`cantrip: ${error.message}\n`);
    return 1;
  }
}
