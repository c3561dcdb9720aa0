/** What is known of a suite: the version that was run, and the tests that passed. */
export interface SuiteRecord {
  /** First line of the suite's file `VERSION`; empty when it had none. */
  readonly version: string;
  /** Names, sorted. */
  readonly passed: readonly string[];
}

/** Contents of `docs/oracles.json`: records by the suite's name. */
export type OracleRecord = Readonly<Record<string, SuiteRecord>>;

/**
 * Reads `docs/oracles.json`.
 *
 * @throws TypeError when it is not a record
 */
export function parseRecord(text: string): OracleRecord {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TypeError("the record of the oracles is not an object");
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      if (!isObject(entry) || typeof entry["version"] !== "string" || !isNames(entry["passed"])) {
        throw new TypeError(`the record of ${name} is not {version, passed: [names]}`);
      }
      return [name, { version: entry["version"], passed: entry["passed"] }];
    }),
  );
}

/** The text of `docs/oracles.json`: suites and tests sorted, one test a line. */
export function printRecord(record: OracleRecord): string {
  const sorted = Object.entries(record)
    .sort(([a], [b]) => compare(a, b))
    .map(([name, { version, passed }]) => [name, { version, passed: [...passed].sort(compare) }]);
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}
