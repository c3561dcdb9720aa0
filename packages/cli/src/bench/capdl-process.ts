import process from "node:process";
import { checkText } from "@cantrip/capdl";
import { camkesSpec } from "./camkes-spec.ts";

/** Milliseconds of CPU that this process has used. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// A text as it is read from a file, in one piece.
const text = Buffer.from(camkesSpec(Number(process.argv[2]))).toString("latin1");
const before = cpuMs();
const checked = checkText(text, { dialect: "upstream", rules: "all" });
const checkMs = cpuMs() - before;
if (checked.findings.length > 0) throw new Error(checked.findings[0]?.message);
const peakMegabytes = process.resourceUsage().maxRSS / 1000;

const record =
  '{"name":"frame_component_0001_group_bin_0042","object":{"Frame":{"size_bits":12}}},';
const json = `[${record.repeat(Math.floor(text.length / record.length))}0]`;
const start = cpuMs();
JSON.parse(json);
const jsonMs = cpuMs() - start;
process.stdout.write(
  JSON.stringify({ megabytes: text.length / 1e6, checkMs, jsonMs, peakMegabytes }),
);
