import { existsSync, readFileSync, statSync } from "node:fs";
import { type Comparison, compareRun, updateRecord } from "./compare.ts";
import type { OracleRecord, SuiteRecord } from "./record.ts";
import { failed, messageOf, type OracleSuite, type TestResult } from "./suite.ts";

/** What a run of the oracles needs from outside. */
export interface OracleRun {
  readonly suites: readonly OracleSuite[];
  /** Command line: `--only NAME` (repeatable), `--record`. */
  readonly args: readonly string[];
  /** `$CANTRIP_ORACLES`. */
  readonly folder: string | undefined;
  readonly record: OracleRecord;
  /** Takes the new record when `--record` is given. */
  readonly writeRecord: (record: OracleRecord) => void;
  readonly print: (line: string) => void;
}

/** Exit codes of `pnpm test:oracles`. */
const ExitCode = { Ok: 0, Regression: 1, Usage: 2 } as const;

/** New passes that are named. */
const MAX_NAMES = 8;
const UNKNOWN: SuiteRecord = { version: "", passed: [] };

/** Runs the suites that are there and compares them with the record. Returns the exit code. */
export async function runOracles(run: OracleRun): Promise<number> {
  const { suites, folder, print } = run;
  const choice = parseArguments(run.args, suites);
  if (typeof choice === "string") {
    print(`${choice}; usage: pnpm test:oracles [--only NAME]... [--record]`);
    return ExitCode.Usage;
  }
  if (folder === undefined || folder === "") {
    print("no oracles on this machine: CANTRIP_ORACLES is not set (docs/oracles.md)");
    return ExitCode.Ok;
  }
  if (!isFolder(folder)) {
    print(`CANTRIP_ORACLES names ${folder}, which is not a folder`);
    return ExitCode.Usage;
  }
  const record: Record<string, SuiteRecord> = { ...run.record };
  let regressions = 0;
  for (const suite of choice.suites) {
    const path = `${folder}/${suite.name}`;
    const results = isFolder(path) ? await runSuite(suite, path) : [];
    if (results.length === 0) {
      print(`${suite.name}: not found`);
      continue;
    }
    const recorded = run.record[suite.name] ?? UNKNOWN;
    const version = readVersion(path);
    const comparison = compareRun(results, recorded);
    printSuite(print, suite.name, { version, recorded, comparison });
    regressions += comparison.regressions.length;
    record[suite.name] = updateRecord(comparison, recorded, version);
  }
  if (choice.record) {
    run.writeRecord(record);
    print("recorded");
    return ExitCode.Ok;
  }
  return regressions === 0 ? ExitCode.Ok : ExitCode.Regression;
}

interface Choice {
  readonly suites: readonly OracleSuite[];
  readonly record: boolean;
}

/** What is to be run, or what is wrong with the arguments. */
function parseArguments(args: readonly string[], suites: readonly OracleSuite[]): Choice | string {
  const only: string[] = [];
  let record = false;
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--record") record = true;
    else if (argument !== "--only") return `unknown argument ${argument}`;
    else {
      const name = rest.shift();
      if (!suites.some((suite) => suite.name === name)) {
        return `--only ${name ?? ""}: known: ${suites.map((suite) => suite.name).join(", ")}`;
      }
      only.push(name ?? "");
    }
  }
  return {
    suites: only.length === 0 ? suites : suites.filter(({ name }) => only.includes(name)),
    record,
  };
}

/** A runner that throws is a failure of its own: it must not hide what other suites find. */
async function runSuite(suite: OracleSuite, path: string): Promise<TestResult[]> {
  const results: TestResult[] = [];
  try {
    for await (const result of suite.run(path)) results.push(result);
  } catch (error) {
    results.push(failed("(runner)", messageOf(error)));
  }
  return results;
}

function printSuite(
  print: (line: string) => void,
  name: string,
  run: {
    readonly version: string;
    readonly recorded: SuiteRecord;
    readonly comparison: Comparison;
  },
): void {
  const { version, recorded, comparison } = run;
  const {
    passed,
    failed: failures,
    notSupported,
    notFound,
    newPasses,
    regressions,
    remarks,
  } = comparison;
  print(
    `${name}: ${passed.length} passed, ${failures.length} failed, ` +
      `${notSupported.length} not supported yet, ${notFound.length} not found` +
      (version === "" ? "" : ` (${version})`),
  );
  if (recorded.version !== "" && recorded.version !== version) {
    print(`  another version than the recorded one: ${recorded.version}`);
  }
  const isRegression = new Set(regressions.map((result) => result.name));
  for (const { name: test, outcome, detail } of [...failures, ...notSupported]) {
    const label = isRegression.has(test) ? "REGRESSION, was recorded as passing" : outcome;
    print(`  ${test}: ${label}${detail === undefined ? "" : `: ${detail}`}`);
  }
  for (const { name: test, detail } of remarks) print(`  ${test}: ${detail ?? ""}`);
  for (const test of notFound) print(`  ${test}: recorded as passing, not found`);
  if (newPasses.length > 0) {
    const some = newPasses.slice(0, MAX_NAMES).join(", ");
    const more = newPasses.length > MAX_NAMES ? ", …" : "";
    print(`  ${newPasses.length} new passes, which --record records: ${some}${more}`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readVersion(path: string): string {
  const file = `${path}/VERSION`;
  if (!existsSync(file)) return "";
  return (readFileSync(file, "utf8").split("\n")[0] ?? "").trim();
}
