import { existsSync, readFileSync } from "node:fs";
import { runBare } from "./bare-machine.ts";
import { filesEndingIn } from "./files.ts";
import { failed, messageOf, passed, type SynchronousSuite, type TestResult } from "./suite.ts";

const PROGRAM = ".elf";
const REFERENCE = ".reference_output";

/** RISC-V International's architecture tests: the words that a program leaves behind must be the reference's. */
export const archTest: SynchronousSuite = {
  name: "arch-test",
  *run(folder) {
    for (const file of filesEndingIn(folder, PROGRAM)) {
      const name = file.slice(0, -PROGRAM.length);
      yield compareSignature(name, `${folder}/${name}`);
    }
  },
};

function compareSignature(name: string, path: string): TestResult {
  if (!existsSync(path + REFERENCE)) return failed(name, `no ${name}${REFERENCE}`);
  const expected = readFileSync(path + REFERENCE, "utf8")
    .split(/\s+/)
    .filter((word) => word !== "");
  try {
    const run = runBare(readFileSync(path + PROGRAM));
    if (run.exitCode !== 0) return failed(name, `does not end, pc 0x${run.pc.toString(16)}`);
    const actual = run
      .words("begin_signature", "end_signature")
      .map((word) => word.toString(16).padStart(8, "0"));
    return compareWords(name, expected, actual);
  } catch (error) {
    return failed(name, messageOf(error));
  }
}

function compareWords(
  name: string,
  expected: readonly string[],
  actual: readonly string[],
): TestResult {
  const count = Math.max(expected.length, actual.length);
  for (let index = 0; index < count; index++) {
    const wanted = expected[index] ?? "nothing";
    const got = actual[index] ?? "nothing";
    if (wanted.toLowerCase() !== got) {
      return failed(name, `word ${index} of ${expected.length} is ${got}, not ${wanted}`);
    }
  }
  return expected.length === 0 ? failed(name, "the reference is empty") : passed(name);
}
