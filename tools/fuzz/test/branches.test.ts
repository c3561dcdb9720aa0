import { describe, expect, it } from "vitest";
import { branchCoverage, type FileCoverage, reachedShare } from "../branches.ts";

const SOURCE = "const a = b ?? 0;\nif (c) d();";
const file: FileCoverage = {
  branchMap: {
    0: {
      loc: { start: { line: 1, column: 10 } },
      locations: [{ start: { line: 1, column: 10 } }, { start: { line: 1, column: 15 } }],
    },
    1: {
      loc: { start: { line: 2, column: 0 } },
      locations: [{ start: { line: 2, column: 0 } }, { start: {} }],
    },
  },
  b: { 0: [4, 0], 1: [3, 0] },
};
const coverage = new Map([["a.ts", file]]);

describe("branch coverage", () => {
  it("names the branches that were not taken, by line and place", () => {
    const result = branchCoverage(coverage, [], () => SOURCE);
    expect(result.uncovered.map(({ line, source }) => `${line}: ${source}`)).toEqual([
      "1: const a = b ?? ▸0;",
      "2: if (c) d();▸",
    ]);
    expect([result.branches, result.covered, reachedShare(result)]).toEqual([4, 2, 0.5]);
  });

  it("takes a reason for one branch, not for others of its line or file", () => {
    const known = { file: "a.ts", snippet: "?? ▸0", reason: "always there" };
    const elsewhere = { ...known, file: "b.ts" };
    const result = branchCoverage(coverage, [known, elsewhere], () => SOURCE);
    expect(result.uncovered.map(({ reason }) => reason)).toEqual(["always there", undefined]);
    expect(result.stale).toEqual([elsewhere]);
    expect(reachedShare(result)).toBeCloseTo(2 / 3);
  });
});
