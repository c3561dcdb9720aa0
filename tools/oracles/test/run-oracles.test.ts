import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OracleRecord, parseRecord, printRecord } from "../record.ts";
import { runOracles } from "../run-oracles.ts";
import { failed, notSupported, type OracleSuite, passed, type TestResult } from "../suite.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cantrip-oracles-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A suite whose folder exists, with a version. */
function suite(name: string, ...results: readonly TestResult[]): OracleSuite {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "VERSION"), "1.0\nmore\n");
  return { name, run: () => results };
}

interface Run {
  readonly suites: readonly OracleSuite[];
  readonly record?: OracleRecord;
  readonly args?: readonly string[];
  readonly folder?: string | undefined;
}

async function run(
  given: Run,
): Promise<{ code: number; text: string; written: OracleRecord | undefined }> {
  const lines: string[] = [];
  let written: OracleRecord | undefined;
  const code = await runOracles({
    args: [],
    record: {},
    folder,
    ...given,
    writeRecord: (record) => {
      written = record;
    },
    print: (line) => {
      lines.push(line);
    },
  });
  return { code, text: lines.join("\n"), written };
}

const recorded = (...names: readonly string[]): OracleRecord => ({
  demo: { version: "1.0", passed: names },
});

describe("a run of the oracles", () => {
  it("passes when every recorded test passes", async () => {
    const suites = [suite("demo", passed("a"), passed("b"))];
    expect(await run({ suites, record: recorded("a", "b") })).toEqual({
      code: 0,
      text: "demo: 2 passed, 0 failed, 0 not supported yet, 0 not found (1.0)",
      written: undefined,
    });
  });

  it("fails when a recorded pass fails, and says which and why", async () => {
    const suites = [suite("demo", passed("a"), failed("b", "case 3"))];
    const { code, text } = await run({ suites, record: recorded("a", "b") });
    expect(code).toBe(1);
    expect(text).toContain("demo: 1 passed, 1 failed,");
    expect(text).toContain("b: REGRESSION, was recorded as passing: case 3");
  });

  it("fails when a recorded pass cannot be run any more", async () => {
    const suites = [suite("demo", notSupported("a", "no such device"))];
    expect((await run({ suites, record: recorded("a") })).code).toBe(1);
  });

  it("passes when a test fails that never passed", async () => {
    const suites = [suite("demo", passed("a"), failed("b", "case 3"))];
    const { code, text } = await run({ suites, record: recorded("a") });
    expect(code).toBe(0);
    expect(text).toContain("b: failed: case 3");
  });

  it("says that a new pass can be recorded", async () => {
    const suites = [suite("demo", passed("a"), passed("b"))];
    const { code, text } = await run({ suites, record: recorded("a") });
    expect(code).toBe(0);
    expect(text).toContain("1 new passes, which --record records: b");
  });

  it("counts recorded tests that the folder does not hold, and passes", async () => {
    const suites = [suite("demo", passed("a"))];
    const { code, text } = await run({ suites, record: recorded("a", "gone") });
    expect(code).toBe(0);
    expect(text).toContain("1 not found (1.0)");
    expect(text).toContain("gone: recorded as passing, not found");
  });

  it("says that a suite is not found, and passes", async () => {
    const absent: OracleSuite = { name: "demo", run: () => [failed("a", "")] };
    expect(await run({ suites: [absent], record: recorded("a") })).toMatchObject({
      code: 0,
      text: "demo: not found",
    });
  });

  it("says the same of a folder without tests", async () => {
    expect((await run({ suites: [suite("demo")] })).text).toBe("demo: not found");
  });

  it("says that there are no oracles, and passes, where none are set up", async () => {
    const suites = [suite("demo", failed("a", "case 3"))];
    const { code, text } = await run({ suites, record: recorded("a"), folder: undefined });
    expect(code).toBe(0);
    expect(text).toContain("CANTRIP_ORACLES is not set");
  });

  it("refuses a folder that is not there: a misspelt name must not pass", async () => {
    expect((await run({ suites: [], folder: `${folder}/absent` })).code).toBe(2);
  });

  it("takes a runner that throws for a failure, and runs the other suites", async () => {
    const broken = {
      ...suite("broken"),
      run: (): TestResult[] => {
        throw new Error("out of reach");
      },
    };
    const { code, text } = await run({ suites: [broken, suite("demo", passed("a"))] });
    expect(code).toBe(0);
    expect(text).toContain("(runner): failed: out of reach");
    expect(text).toContain("demo: 1 passed");
  });

  it("says that the suite has another version than the recorded one", async () => {
    const suites = [suite("demo", passed("a"))];
    const record = { demo: { version: "0.9", passed: ["a"] } };
    expect((await run({ suites, record })).text).toContain(
      "another version than the recorded one: 0.9",
    );
  });
});

describe("its arguments", () => {
  it("--only leaves the other suites out", async () => {
    const suites = [suite("demo", failed("a", "")), suite("other", passed("b"))];
    const { code, text } = await run({ suites, record: recorded("a"), args: ["--only", "other"] });
    expect(code).toBe(0);
    expect(text).not.toContain("demo");
  });

  it.each([["--only", "nobody"], ["--only"], ["--all"]])(
    "%s %s is wrong usage",
    async (...args) => {
      const { code, text } = await run({ suites: [suite("demo", passed("a"))], args });
      expect(code).toBe(2);
      expect(text).toContain("usage:");
    },
  );
});

describe("--record", () => {
  it("records what passes, drops what fails, and leaves other suites alone", async () => {
    const suites = [suite("demo", passed("a"), failed("b", ""), passed("c"))];
    const other = { version: "7", passed: ["x"] };
    const record = { ...recorded("b", "c"), other };
    expect(await run({ suites, record, args: ["--record"] })).toMatchObject({
      code: 0,
      written: { demo: { version: "1.0", passed: ["a", "c"] }, other },
    });
  });

  it("keeps tests that the folder does not hold, unless the version is another", async () => {
    const suites = [suite("demo", passed("a"))];
    const args = ["--record"];
    expect((await run({ suites, record: recorded("b"), args })).written).toEqual(
      recorded("a", "b"),
    );
    const old = { demo: { version: "0.9", passed: ["b"] } };
    expect((await run({ suites, record: old, args })).written).toEqual(recorded("a"));
  });

  it("writes sorted text that reads back", () => {
    const record = { b: { version: "", passed: ["z", "y"] }, a: { version: "1", passed: [] } };
    const text = printRecord(record);
    expect(text.indexOf('"a"')).toBeLessThan(text.indexOf('"b"'));
    expect(text.indexOf('"y"')).toBeLessThan(text.indexOf('"z"'));
    expect(parseRecord(text)).toEqual({ ...record, b: { version: "", passed: ["y", "z"] } });
  });

  it.each(["[]", '{"a": []}', '{"a": {"version": "1", "passed": [1]}}', '{"a": {"passed": []}}'])(
    "does not read %s",
    (text) => {
      expect(() => parseRecord(text)).toThrow(TypeError);
    },
  );
});
