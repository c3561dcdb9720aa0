import { failed, passed, type TestResult } from "./suite.ts";

// A test may have printed something without an end of line before.
const STARTED = /Starting test \d+: (.+)$/;
const ENDED = /\bTest (\S+) (passed|failed)\b/;
const ERROR = /^\s*(?:Error|Failure): (.*)$/;
const SUITE_ENDED = /^Test suite (passed|failed)\b/;
/** The driver's own verdict, as a test. */
const VERDICT = "Test suite";

/**
 * Reads the console of sel4test.
 *
 * A test passes when the driver says so, or when no error was printed before the next one started. The test in which the
 * console breaks off failed. The driver's verdict on all of them is the last result.
 */
export function parseSel4testConsole(text: string): TestResult[] {
  const results: TestResult[] = [];
  let current: { readonly name: string; errors: string[] } | undefined;
  const finish = (): void => {
    if (current === undefined) return;
    const { name, errors } = current;
    results.push(errors.length === 0 ? passed(name) : failed(name, errors.join("; ")));
    current = undefined;
  };
  // eslint-disable-next-line no-control-regex -- colours
  for (const line of text.replace(/\x1b\[[0-9;]*m|\r/g, "").split("\n")) {
    const started = STARTED.exec(line)?.[1];
    const ended = ENDED.exec(line);
    const suite = SUITE_ENDED.exec(line)?.[1];
    if (started !== undefined) {
      finish();
      current = { name: started, errors: [] };
    } else if (suite !== undefined) {
      finish();
      results.push(suite === "passed" ? passed(VERDICT) : failed(VERDICT, line));
    } else if (current !== undefined && ended?.[1] === current.name) {
      if (ended[2] === "failed" && current.errors.length === 0) current.errors.push("failed");
    } else {
      const error = ERROR.exec(line)?.[1];
      if (error !== undefined) current?.errors.push(error);
    }
  }
  if (current !== undefined) {
    const { name, errors } = current;
    results.push(failed(name, [...errors, "the console breaks off"].join("; ")));
  }
  return results;
}
