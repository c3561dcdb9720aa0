import { describe, expect, it } from "vitest";
import { FuzzReport } from "../fuzz-report.ts";

describe("the report of a random test", () => {
  it("prints how many operations succeeded, and why the others did not", () => {
    const report = new FuzzReport("reader");
    report.succeeded(1234);
    report.refused("bad-magic", 66);
    report.refused("truncated", 700);
    const lines: string[] = [];
    report.finish((line) => lines.push(line));
    expect(lines).toEqual([
      "reader: 1,234 of 2,000 operations succeeded (61 %); refused: 700 truncated, 66 bad-magic",
    ]);
  });

  it("fails when fewer than 30 % succeeded, and when nothing was done", () => {
    const report = new FuzzReport("x");
    const finish = (): void => {
      report.finish(() => undefined);
    };
    expect(finish).toThrow("fewer than 30 %");
    report.count(undefined);
    report.count("no");
    report.count("no");
    expect(finish).not.toThrow();
    report.count("no");
    expect(finish).toThrow("x: 1 of 4 operations succeeded (25 %); refused: 3 no");
  });
});
