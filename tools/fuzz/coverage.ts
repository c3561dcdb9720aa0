/** `pnpm test:fuzz`: runs the random tests by themselves, and prints which branches of the code under test they take. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type BranchCoverage,
  branchCoverage,
  type FileCoverage,
  reachedShare,
} from "./branches.ts";
import { type FuzzEntry, fuzzEntries } from "./manifest.ts";

/** The least share of the branches that can be taken. */
const LEAST_COVERAGE = 0.9;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Result {
  readonly lines: readonly string[];
  readonly isOk: boolean;
}

/** Exit code and output of vitest. */
function vitest(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const path = join(ROOT, "node_modules/vitest/vitest.mjs");
    const child = spawn(process.execPath, [path, "run", ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1", CANTRIP_FUZZ: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

async function measure(entry: FuzzEntry): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "cantrip-fuzz-"));
  try {
    const { code, output } = await vitest([
      ...["--config", "tools/fuzz/vitest.config.ts", ...entry.tests, "-t", entry.pattern],
      ...(entry.sources.length === 0 ? [] : ["--coverage.enabled"]),
      ...["--coverage.provider=v8", "--coverage.reporter=json"],
      ...[`--coverage.reportsDirectory=${folder}`],
      ...entry.sources.map((source) => `--coverage.include=${source}`),
    ]);
    const counted = output
      .split("\n")
      .filter((line) => / operations succeeded \(\d+ %\)/.test(line));
    if (code !== 0 || counted.length === 0)
      return { lines: [...counted, code === 0 ? "nothing was counted" : output], isOk: false };
    if (entry.sources.length === 0)
      return { lines: [...counted, "nothing in TypeScript is under test"], isOk: true };
    const coverage = branchCoverage(read(folder), entry.unreachable ?? [], (file) =>
      readFileSync(join(ROOT, file), "utf8"),
    );
    return {
      lines: [...counted, ...describeBranches(coverage)],
      isOk:
        coverage.branches > 0 &&
        reachedShare(coverage) >= LEAST_COVERAGE &&
        coverage.stale.length === 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(folder: string): ReadonlyMap<string, FileCoverage> {
  const text = readFileSync(join(folder, "coverage-final.json"), "utf8");
  const files = JSON.parse(text) as Readonly<Record<string, FileCoverage>>;
  return new Map(Object.entries(files).map(([path, file]) => [relative(ROOT, path), file]));
}

function describeBranches(coverage: BranchCoverage): readonly string[] {
  const { branches, covered, uncovered, stale } = coverage;
  const explained = uncovered.filter(({ reason }) => reason !== undefined).length;
  return [
    `${covered} of ${branches} branches taken (${percent(covered / branches)} %), ` +
      `${explained} of the others cannot be: ${percent(reachedShare(coverage))} % of the rest`,
    ...uncovered.map(
      ({ file, line, source, reason }) =>
        `  ${file}:${line}: ${source}${reason === undefined ? "" : `  (${reason})`}`,
    ),
    ...stale.map(({ file, snippet }) => `  taken, or gone: ${file}: ${snippet}`),
  ];
}

function percent(share: number): string {
  return (Math.floor(share * 1000) / 10).toFixed(1);
}

const wanted = process.argv.slice(2);
const queue = fuzzEntries.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
let passed = 0;
let failed = 0;
async function worker(): Promise<void> {
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    const { lines, isOk } = await measure(entry);
    if (isOk) passed++;
    else failed++;
    console.log(
      [`${isOk ? "ok" : "FAILED"} ${entry.name}`, ...lines.map((line) => `  ${line}`)].join("\n"),
    );
  }
}
const workers = Math.max(1, Math.min(2, availableParallelism()));
await Promise.all(Array.from({ length: workers }, worker));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
