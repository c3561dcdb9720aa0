import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Measurement, median } from "./measurement.ts";

const ROUNDS = 5;
/** Components that make a text of 5.4 MB, and of four times that. */
const SMALL = 251;
const LARGE = 4 * SMALL;

/** What a process of its own measured, once, from cold. */
interface Figures {
  readonly megabytes: number;
  readonly checkMs: number;
  readonly jsonMs: number;
  readonly peakMegabytes: number;
}

/** CPU time of parsing and checking a specification as CAmkES writes it, each time in a new process. */
export function benchCapdl(): Measurement[] {
  const small = Array.from({ length: ROUNDS }, () => figures(SMALL));
  const large = Array.from({ length: ROUNDS }, () => figures(LARGE));
  const middle = (list: readonly Figures[], key: keyof Figures): number =>
    median(list.map((each) => each[key]));
  const check = middle(small, "checkMs");
  const json = middle(small, "jsonMs");
  return [
    {
      name: `check ${middle(small, "megabytes").toFixed(1)} MB`,
      peer: "JSON.parse of as many bytes",
      ours: check,
      theirs: json,
      ratio: check / json,
      unit: "ms of CPU",
    },
    {
      name: `check ${middle(large, "megabytes").toFixed(1)} MB`,
      peer: "a quarter of it",
      ours: middle(large, "checkMs"),
      theirs: check,
      ratio: middle(large, "checkMs") / check,
      unit: "ms of CPU",
    },
    { name: "memory of the former", ours: middle(small, "peakMegabytes"), unit: "MB at most" },
  ];
}

function figures(components: number): Figures {
  const script = fileURLToPath(new URL("capdl-process.ts", import.meta.url));
  const args = ["--conditions=@cantrip/source", "--import", "tsx", script, String(components)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}
