import { readdirSync, readFileSync } from "node:fs";
import { cpuUsage, env } from "node:process";
import { readElf } from "@cantrip/elf";
import { Csr, fullHart, loadElf, Machine, Privilege } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { type Measurement, median } from "./measurement.ts";

const ROUNDS = 5;
/** Instructions of each round; the first, which warms up, is not counted. */
const INSTRUCTIONS = 30_000_000;
const RAM_BYTES = 64 * 1024 * 1024;
const MICROSECONDS = 1e6;

/**
 * Millions of instructions per second of CPU time, for each program in the folder that `CANTRIP_WORKLOADS` names: bare
 * executables for QEMU's `virt`, `*.elf`. The unit says in which mode they run once they are warm.
 */
export function benchWorkloads(): Measurement[] {
  const folder = env["CANTRIP_WORKLOADS"];
  if (folder === undefined) throw new Error("CANTRIP_WORKLOADS names no folder with programs");
  const names = readdirSync(folder).filter((name) => name.endsWith(".elf"));
  return names.sort().map((name) => {
    const { rates, mode } = measure(readFileSync(`${folder}/${name}`));
    const rate = median(rates);
    return { name, ours: rate / 1e6, unit: `MIPS, ${mode}`, opsPerSecond: rate };
  });
}

/** Instructions per second in each round, and the mode of the last one. */
function measure(program: Uint8Array): { rates: number[]; mode: string } {
  const hart = fullHart(readElf(program).is64 ? 64 : 32);
  const machine = new Machine({ platform: qemuVirt({ ramSize: RAM_BYTES, hart }) });
  machine.pc = loadElf(machine, program);
  const rates: number[] = [];
  let mode = "";
  for (let round = 0; round <= ROUNDS; round++) {
    const { instructions } = machine;
    const began = cpuUsage().user;
    const stop = machine.run({ maxInstructions: INSTRUCTIONS });
    const seconds = (cpuUsage().user - began) / MICROSECONDS;
    if (round > 0) rates.push((machine.instructions - instructions) / seconds);
    if (stop.kind !== "budget") break;
    mode = modeOf(machine);
  }
  return { rates, mode };
}

function modeOf(machine: Machine): string {
  if (machine.privilege === Privilege.machine) return "machine mode";
  const name = machine.privilege === Privilege.user ? "user mode" : "supervisor mode";
  const mode =
    machine.xlen === 32 ? machine.rootTable >>> 31 : (machine.readCsr64(Csr.satp) ?? 0n) >> 60n;
  const isTranslated = Number(mode) !== 0;
  return `${name}${isTranslated ? ` under Sv${machine.xlen === 32 ? 32 : 39}` : ""}`;
}
