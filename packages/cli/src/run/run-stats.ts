import { Cause, Interrupt, type Machine } from "@cantrip/hw-riscv";
import type { RunEnd } from "./run-loop.ts";

/** The contents of a `--stats` file. */
export function statsOf(machine: Machine, wallMs: number, end: RunEnd): object {
  const { instructions, cycles } = machine;
  return {
    platform: machine.platform.name,
    xlen: machine.xlen,
    end,
    instructions,
    cycles,
    virtualTimeUs: machine.timeMicroseconds,
    wallMs,
    mips: wallMs === 0 ? 0 : instructions / wallMs / 1000,
    ramBytes: machine.ram.length,
    traps: {
      total: machine.trapCount,
      exceptions: counts(Cause, (cause) => machine.trapsOf(cause)),
      interrupts: counts(Interrupt, (interrupt) => machine.trapsOf(interrupt, true)),
    },
  };
}

/** Counts that are not 0, by their names. */
function counts(
  names: Readonly<Record<string, number>>,
  count: (cause: number) => number,
): Record<string, number> {
  const pairs = Object.entries(names).map(([name, cause]): [string, number] => [
    name,
    count(cause),
  ]);
  return Object.fromEntries(pairs.filter(([, times]) => times > 0));
}
