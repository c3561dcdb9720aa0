/** One measurement in a process of its own, from cold: `check FILE`, or `json FILE`, which only parses JSON. */

import { readFileSync } from "node:fs";
import process from "node:process";
import { checkText } from "@cantrip/capdl";

/** Milliseconds of CPU that this process has used, in all of its threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const [, , what, file = ""] = process.argv;
const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(file));
const before = cpuMs();
if (what === "json") JSON.parse(text);
else {
  const { findings } = checkText(text, { dialect: "upstream", rules: "all" });
  if (findings.length > 0) throw new Error(findings[0]?.message);
}
const ms = cpuMs() - before;
// The peak is in units of 1024 bytes.
const peakMegabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(JSON.stringify({ megabytes: text.length / 1e6, ms, peakMegabytes }));
