import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildBootImage } from "@cantrip/assembly";
import { parseCapdl, printCapdl } from "@cantrip/capdl";
import { writeCapdlJson } from "@cantrip/capdl/json";
import { buildForNode } from "../scripts/build-for-node.ts";
import { findProfile, findSystem } from "../src/systems.ts";
import { camkesSpec } from "./camkes-spec.ts";
import { type Measurement, median } from "../src/bench/measurement.ts";

const ROUNDS = 7;
/** Components that make a text of 5.4 MB, and of four times that. */
const SMALL = 296;
const LARGE = 4 * SMALL;

/** What a process of its own measured, once, from cold. */
interface Figures {
  readonly megabytes: number;
  readonly ms: number;
  readonly peakMegabytes: number;
}

/**
 * CPU time of parsing and checking a specification as CAmkES writes it, each time in a new process that runs the package as
 * it is built: in one file, by Node alone. JSON.parse reads the JSON of such a specification, of as many bytes.
 */
export function benchCapdl(): Measurement[] {
  const folder = mkdtempSync(join(tmpdir(), "bench-capdl-"));
  try {
    return measure(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(folder: string): Measurement[] {
  const script = join(folder, "process.mjs");
  buildForNode(fileURLToPath(new URL("capdl-process.ts", import.meta.url)), script);
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const text = camkesSpec(SMALL);
  const system = findSystem("sparrow", findProfile("cantrip"), "sparrow");
  const { spec: sparrow } = buildBootImage(system);
  const files = {
    small: file("small.cdl", text),
    large: file("large.cdl", camkesSpec(LARGE)),
    json: file("small.json", jsonOf(text.length)),
    sparrow: file("sparrow.cdl", printCapdl(sparrow, { dialect: "cantrip" })),
  };
  const run = (what: "check" | "dot" | "json", path: string): Figures => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, what, path], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Figures;
  };
  // In turn, so that what else the machine does meets all of them.
  const rounds = Array.from({ length: ROUNDS }, () => ({
    small: run("check", files.small),
    json: run("json", files.json),
    large: run("check", files.large),
    sparrow: run("dot", files.sparrow),
  }));
  const middle = (which: keyof typeof files, key: keyof Figures): number =>
    median(rounds.map((round) => round[which][key]));
  const check = middle("small", "ms");
  // Equal bytes, whatever the lengths are in whole components.
  const json = middle("json", "ms") * (middle("small", "megabytes") / middle("json", "megabytes"));
  const tool = timeOfTool(files.small);
  return [
    {
      name: `check ${middle("small", "megabytes").toFixed(1)} MB`,
      peer: "JSON.parse of as many bytes",
      ours: check,
      theirs: json,
      ratio: check / json,
      unit: "ms of CPU",
    },
    {
      name: `check ${middle("large", "megabytes").toFixed(1)} MB`,
      peer: "a quarter of it",
      ours: middle("large", "ms"),
      theirs: check,
      ratio: middle("large", "ms") / check,
      unit: "ms of CPU",
    },
    ...(tool === undefined
      ? []
      : [
          {
            ...{ name: `check ${middle("small", "megabytes").toFixed(1)} MB`, peer: "capDL-tool" },
            ...{ ours: check, theirs: tool, ratio: check / tool, unit: "ms of CPU" },
          },
        ]),
    { name: "memory for 5.4 MB", ours: middle("small", "peakMegabytes"), unit: "MB at most" },
    {
      name: "DOT of sparrow",
      ours: middle("sparrow", "ms"),
      unit: "ms of CPU",
    },
  ];
}

/** How long capDL-tool takes, once, where `docs/oracles.md` has it; in milliseconds. */
function timeOfTool(file: string): number | undefined {
  const oracles = process.env["CANTRIP_ORACLES"];
  const tool = `${oracles ?? ""}/capdl-tool/parse-capDL-upstream`;
  if (oracles === undefined || !existsSync(tool)) return undefined;
  const start = performance.now();
  const { status, stderr } = spawnSync(tool, ["-t", "/dev/null", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

/** JSON of a specification of the same kind, of about as many bytes. */
function jsonOf(bytes: number): string {
  const few = 8;
  const write = (components: number): string => {
    const parsed = parseCapdl(camkesSpec(components), { dialect: "upstream" });
    if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
    return writeCapdlJson(parsed.spec).text;
  };
  return write(Math.round((few * bytes) / write(few).length));
}
