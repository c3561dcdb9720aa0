/** What became of one test of an outside suite. */
export type TestOutcome = "passed" | "failed" | "not supported yet";

/** One test that was run, or that our software cannot run yet. */
export interface TestResult {
  /** Unique in its suite. */
  readonly name: string;
  readonly outcome: TestOutcome;
  /** Why it is not a pass, or what is to be said of it; one line. */
  readonly detail?: string;
}

/** A suite that somebody else wrote, and how our software is run against it. */
export interface OracleSuite {
  /** Its folder under `$CANTRIP_ORACLES`, and its key in `docs/oracles.json`. */
  readonly name: string;
  /**
   * Runs every test that the folder holds, in the order of their names.
   *
   * @param folder - an existing folder, without a slash at the end
   * @returns nothing when the folder holds no test
   */
  run(folder: string): Iterable<TestResult> | AsyncIterable<TestResult>;
}

/** A suite that waits for nothing. */
export interface SynchronousSuite extends OracleSuite {
  run(folder: string): Iterable<TestResult>;
}

/** A pass, with what is to be said of it. */
export function passed(name: string, detail?: string): TestResult {
  return { name, outcome: "passed", ...(detail === undefined ? {} : { detail }) };
}

/** A failure, with its reason. */
export function failed(name: string, detail: string): TestResult {
  return { name, outcome: "failed", detail: oneLine(detail) };
}

/** A test that our software cannot run yet, and what is missing. */
export function notSupported(name: string, detail: string): TestResult {
  return { name, outcome: "not supported yet", detail: oneLine(detail) };
}

/** Text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const MAX_DETAIL = 300;

function oneLine(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, " | ");
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
}
