import type { SuiteRecord } from "./record.ts";
import type { TestResult } from "./suite.ts";

/** A run of a suite beside what is recorded of it. */
export interface Comparison {
  readonly passed: readonly string[];
  readonly failed: readonly TestResult[];
  readonly notSupported: readonly TestResult[];
  /** Recorded as passing, but the folder has no such test. */
  readonly notFound: readonly string[];
  /** Recorded as passing, and failed or could not run. */
  readonly regressions: readonly TestResult[];
  /** Passed, and there is something to be said of it. */
  readonly remarks: readonly TestResult[];
  /** Passed, and not recorded. */
  readonly newPasses: readonly string[];
}

/** Compares a run with the record. */
export function compareRun(results: readonly TestResult[], recorded: SuiteRecord): Comparison {
  const isRecorded = new Set(recorded.passed);
  const found = new Set(results.map(({ name }) => name));
  const passed = results.filter(({ outcome }) => outcome === "passed").map(({ name }) => name);
  return {
    passed,
    failed: results.filter(({ outcome }) => outcome === "failed"),
    notSupported: results.filter(({ outcome }) => outcome === "not supported yet"),
    notFound: recorded.passed.filter((name) => !found.has(name)),
    regressions: results.filter(
      ({ name, outcome }) => outcome !== "passed" && isRecorded.has(name),
    ),
    remarks: results.filter(({ outcome, detail }) => outcome === "passed" && detail !== undefined),
    newPasses: passed.filter((name) => !isRecorded.has(name)),
  };
}

/**
 * The record after a run. Tests that the folder does not hold stay recorded, unless the suite has another version now.
 *
 * @param version - of the suite that was run
 */
export function updateRecord(
  comparison: Comparison,
  recorded: SuiteRecord,
  version: string,
): SuiteRecord {
  const kept = version === recorded.version ? comparison.notFound : [];
  return { version, passed: [...comparison.passed, ...kept] };
}
