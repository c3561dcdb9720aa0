import { readdirSync, readFileSync } from "node:fs";
import { runBare } from "./bare-machine.ts";
import { failed, messageOf, passed, type SynchronousSuite, type TestResult } from "./suite.ts";

/** Names of the suite's programs: `rv32ui-p-add`, `rv64ua-v-lrsc`. */
const PROGRAM = /^rv(32|64)[a-z]+-(p|v)-[a-z0-9_-]+$/;

/** RISC-V's own instruction tests: a program passes when it writes 1 to `tohost`. */
export const riscvTests: SynchronousSuite = {
  name: "riscv-tests",
  *run(folder) {
    const programs = readdirSync(folder).filter((name) => PROGRAM.test(name));
    for (const name of programs.sort()) yield runProgram(name, `${folder}/${name}`);
  },
};

function runProgram(name: string, path: string): TestResult {
  try {
    const { exitCode, pc, output } = runBare(readFileSync(path));
    if (exitCode === 0) return passed(name);
    if (exitCode === undefined) return failed(name, `does not end, pc 0x${pc.toString(16)}`);
    return failed(name, `case ${exitCode} ${output}`);
  } catch (error) {
    return failed(name, messageOf(error));
  }
}
