// Writes the float vectors of hw-riscv's tests: of the cases that TestFloat makes, a few that cover all classes of operands
// and results, and all exceptions. `pnpm build:float-vectors`, with CANTRIP_ORACLES set.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { generateCases, modesOf } from "./testfloat.ts";
import { testedFunctions, type TestedFunction } from "./testfloat-functions.ts";

const CASES = 40;
/** The cases to choose from: the first that TestFloat makes. */
const CANDIDATES = 20_000;
const TARGET = new URL("../../packages/hw-riscv/test/data/testfloat/", import.meta.url);

interface Candidate {
  readonly line: string;
  readonly features: readonly string[];
}

/** Class of a number by its bits, with its sign; of an integer, how long it is. */
function classOf(hex: string, isFloat: boolean): string {
  const bits = BigInt(`0x${hex}`);
  if (!isFloat) return `${bits.toString(2).length >> 2} ${bits & 1n}`;
  const fractionBits = hex.length === 8 ? 23n : 52n;
  const isNegative = bits >> BigInt(hex.length * 4 - 1) === 1n;
  const field = (bits >> fractionBits) & (hex.length === 8 ? 0xffn : 0x7ffn);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const sign = isNegative ? "-" : "+";
  if (field === 0n) return sign + (fraction === 0n ? "zero" : "subnormal");
  if (field !== (hex.length === 8 ? 0xffn : 0x7ffn)) return `${sign}normal`;
  if (fraction === 0n) return `${sign}infinity`;
  return fraction >> (fractionBits - 1n) === 1n ? "quiet" : "signaling";
}

/** What a case has that others may not have. */
function candidate(tested: TestedFunction, line: string): Candidate {
  const parts = line.split(" ");
  const isFromFloat = tested.name.startsWith("f");
  const isToFloat = /_to_f|_(add|sub|mul|div|sqrt|mulAdd)$/.test(tested.name);
  const operands = parts.slice(0, tested.operands).map((hex) => classOf(hex, isFromFloat));
  const result = parts[tested.operands] ?? "";
  const outcome = `${classOf(result, isToFloat)} ${parts[tested.operands + 1] ?? ""}`;
  const each = operands.map((name, index) => `${index} ${name}`);
  const unsigned = operands.map((name) => name.replace(/^[-+]/, "")).join(", ");
  return { line, features: [...each, outcome, unsigned, `${operands.join(", ")}: ${outcome}`] };
}

/** Cases that have together as much as so few can, one after the other the one that adds most. */
function choose(candidates: readonly Candidate[]): string[] {
  const seen = new Set<string>();
  const chosen = new Set<string>();
  while (chosen.size < CASES) {
    let best: Candidate | undefined;
    let most = -1;
    for (const one of candidates) {
      if (chosen.has(one.line)) continue;
      const added = one.features.filter((feature) => !seen.has(feature)).length;
      if (added > most) {
        best = one;
        most = added;
      }
    }
    if (best === undefined) break;
    chosen.add(best.line);
    for (const feature of best.features) seen.add(feature);
  }
  return [...chosen].sort();
}

const oracles = process.env["CANTRIP_ORACLES"];
if (oracles === undefined) throw new Error("CANTRIP_ORACLES is not set (docs/oracles.md)");
const work = mkdtempSync(join(tmpdir(), "cantrip-vectors-"));
const file = join(work, "cases");
mkdirSync(TARGET, { recursive: true });
for (const tested of testedFunctions) {
  const sections = modesOf(tested).map(([mode, option]) => {
    generateCases(`${oracles}/testfloat/testfloat_gen`, tested, { mode, option, file });
    const lines = readFileSync(file, "latin1").split("\n", CANDIDATES).filter(Boolean);
    const chosen = choose(lines.map((line) => candidate(tested, line)));
    return [`# ${option}`, ...chosen, ""].join("\n");
  });
  writeFileSync(new URL(`${tested.name}.txt`, TARGET), sections.join(""));
}
rmSync(work, { recursive: true });
