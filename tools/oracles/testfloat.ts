import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoundingMode } from "../../packages/hw-riscv/src/float/float-context.ts";
import { failed, messageOf, passed, type SynchronousSuite, type TestResult } from "./suite.ts";
import { CaseChecker, roundingOptions } from "./testfloat-cases.ts";
import { testedFunctions, type TestedFunction } from "./testfloat-functions.ts";

const PIECE_BYTES = 1024 * 1024;

/** Berkeley TestFloat: floating-point arithmetic must give the bits and exceptions of Berkeley SoftFloat. */
export const testfloat: SynchronousSuite = {
  name: "testfloat",
  *run(folder) {
    const generator = `${folder}/testfloat_gen`;
    if (!existsSync(generator)) return;
    const work = mkdtempSync(join(tmpdir(), "cantrip-testfloat-"));
    try {
      for (const tested of testedFunctions) {
        for (const [mode, option] of modesOf(tested))
          yield check(generator, tested, { mode, option, file: join(work, "cases") });
      }
    } finally {
      rmSync(work, { recursive: true });
    }
  },
};

/** The rounding modes that a function has cases for, and their names. */
export function modesOf(tested: TestedFunction): typeof roundingOptions {
  return tested.rounds ? roundingOptions : roundingOptions.slice(0, 1);
}

interface Cases {
  readonly mode: RoundingMode;
  /** TestFloat's name of the mode. */
  readonly option: string;
  /** Where the cases go to, up to half a gigabyte. */
  readonly file: string;
}

function check(generator: string, tested: TestedFunction, cases: Cases): TestResult {
  const name = tested.rounds ? `${tested.name}/${cases.option}` : tested.name;
  try {
    generateCases(generator, tested, cases);
    const checker = new CaseChecker(tested, cases.mode);
    readPieces(cases.file, (piece) => {
      checker.take(piece);
    });
    if (checker.difference !== undefined) return failed(name, checker.difference);
    return checker.cases === 0 ? failed(name, "no cases") : passed(name);
  } catch (error) {
    return failed(name, messageOf(error));
  }
}

/** Has TestFloat write its cases of the first level for a function. */
export function generateCases(
  generator: string,
  tested: TestedFunction,
  { option, file }: Cases,
): void {
  const output = openSync(file, "w");
  try {
    const args = ["-level", "1", "-tininessafter", "-exact", `-r${option}`, tested.name];
    const { status, stderr, error } = spawnSync(generator, args, {
      stdio: ["ignore", output, "pipe"],
      encoding: "utf8",
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`testfloat_gen: ${stderr}`);
  } finally {
    closeSync(output);
  }
}

function readPieces(file: string, take: (piece: Uint8Array) => void): void {
  const input = openSync(file, "r");
  try {
    const buffer = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const length = readSync(input, buffer);
      if (length === 0) return;
      take(buffer.subarray(0, length));
    }
  } finally {
    closeSync(input);
  }
}
