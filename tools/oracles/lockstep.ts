import { existsSync, readFileSync } from "node:fs";
import type { Xlen } from "@cantrip/hw-riscv";
import { compareRandomPrograms } from "./lockstep/compare-random-programs.ts";
import { Coverage } from "./lockstep/coverage.ts";
import { MachineTarget } from "./lockstep/machine-target.ts";
import { QemuTarget } from "./lockstep/qemu-target.ts";
import { PROGRAM_KINDS } from "./lockstep/random-program.ts";
import { QemuProcess, qemuVersion } from "./qemu/qemu-process.ts";
import {
  failed,
  messageOf,
  notSupported,
  type OracleSuite,
  passed,
  type TestResult,
} from "./suite.ts";

/** Instructions of each kind of program and each XLEN. */
const STEPS = 20_000;
const QEMU = "qemu";

/** Random programs on QEMU and on `@cantrip/hw-riscv`, one instruction at a time: all registers must be the same. */
export const lockstep: OracleSuite = {
  name: "lockstep",
  async *run(folder) {
    const file = `${folder}/VERSION`;
    if (!existsSync(file)) return;
    const wanted = readFileSync(file, "utf8").trim();
    const installed = qemuVersion();
    if (installed === undefined) {
      yield notSupported(QEMU, "skipped: qemu-system-riscv32 and qemu-system-riscv64 are missing");
    } else if (!installed.includes(wanted)) {
      yield failed(QEMU, `VERSION says ${wanted}, installed is ${installed}`);
    } else {
      for (const xlen of [32, 64] as const) yield* compareWithQemu(xlen);
    }
  },
};

async function* compareWithQemu(xlen: Xlen): AsyncGenerator<TestResult> {
  const coverage = new Coverage(xlen);
  const qemu = await QemuProcess.start(xlen);
  try {
    const harts = { reference: new QemuTarget(qemu.gdb, xlen), ours: new MachineTarget(xlen) };
    for (const kind of PROGRAM_KINDS) {
      const name = `rv${xlen}/${kind}`;
      try {
        const { programs, steps, traps, finding } = await compareRandomPrograms(
          harts,
          { xlen, kind, steps: STEPS },
          coverage,
        );
        yield finding === undefined
          ? passed(name, `${steps} instructions of ${programs} programs, ${traps} trapped`)
          : failed(name, finding);
      } catch (error) {
        yield failed(name, messageOf(error));
      }
    }
    const name = `rv${xlen}/every instruction`;
    const { missing } = coverage;
    yield missing.length === 0 ? passed(name, coverage.text) : failed(name, coverage.text);
  } finally {
    qemu.stop();
  }
}
