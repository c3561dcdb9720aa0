/**
 * One measurement in a process of its own, from cold: `check FILE`; `dot FILE`, which reads and draws a specification in
 * CantripOS's dialect; or `json FILE`, which only parses JSON.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { checkText, parseCapdl } from "@cantrip/capdl";
import { capdlDot } from "@cantrip/capdl/dot";

/** Milliseconds of CPU that this process has used, in all of its threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const [, , what, file = ""] = process.argv;
const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(file));
const before = cpuMs();
if (what === "json") JSON.parse(text);
else if (what === "dot") {
  const parsed = parseCapdl(text, { dialect: "cantrip" });
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  capdlDot(parsed.spec);
} else {
  const { findings } = checkText(text, { dialect: "upstream", rules: "all" });
  if (findings.length > 0) throw new Error(findings[0]?.message);
}
const ms = cpuMs() - before;
// The peak is in units of 1024 bytes.
const peakMegabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(JSON.stringify({ megabytes: text.length / 1e6, ms, peakMegabytes }));
