import type { KernelConfig } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import fc from "fast-check";
import { ConfinedProgram } from "./confined-program.ts";
import { chaos, type HostileReport, numbers, spoilt } from "./hostile-calls.ts";
import { writingOperation } from "./random-acts.ts";
import type { WatchedPort } from "./watched-port.ts";

const STEPS_PER_SYSTEM = 2000;
const STEPS_PER_LOOK = 50;
const STEPS_PER_CHECK = 1000;

export interface ConfinedOptions {
  readonly port?: () => WatchedPort;
  /** What is wrong with the system: the checks have to find it. */
  readonly tamper?: (program: ConfinedProgram) => void;
}

/**
 * What {@link hostileCalls} does, by threads that have a CSpace and an address space of their own, beside a victim.
 *
 * @throws Error with the last lines of what they did
 */
export function confinedCalls(
  config: KernelConfig,
  wanted: number,
  firstSeed: number,
  { port, tamper }: ConfinedOptions = {},
): HostileReport {
  const report = { calls: 0, done: 0, refused: 0, systems: 0, checks: 0, writes: 0 };
  for (let seed = firstSeed; report.calls < wanted; seed++) {
    const program = new ConfinedProgram(config, port?.());
    const next = numbers(seed);
    tamper?.(program);
    const lines: string[] = [];
    for (const compartment of program.compartments)
      compartment.spoil = (cptr, message) => spoilt(cptr, message, next);
    try {
      let steps = 0;
      for (const one of fc.sample(writingOperation, { numRuns: STEPS_PER_SYSTEM, seed })) {
        const compartment = program.prepare(one.us);
        if (compartment === undefined) break;
        program.step(compartment, one);
        const running = program.prepare(0);
        if (next() % 16 === 0 && running !== undefined)
          program.entry(() => {
            if (chaos(running, next)) report.calls++;
          });
        for (const { lines: some } of program.compartments) lines.push(...some.splice(0));
        if (program.port.haltReason !== undefined)
          throw new Error(`halted: ${program.port.haltReason}`);
        if (++steps % STEPS_PER_LOOK !== 0) continue;
        program.check();
        lines.splice(0, lines.length - STEPS_PER_LOOK);
        if (steps % STEPS_PER_CHECK !== 0) continue;
        checkInvariants(program.world.kernel.state);
        report.checks++;
      }
      program.check();
      checkInvariants(program.world.kernel.state);
      report.checks++;
    } catch (error) {
      for (const { lines: some } of program.compartments) lines.push(...some.splice(0));
      const text = lines.slice(-2 * STEPS_PER_LOOK).join("\n");
      throw new Error(`${config.name}, seed ${seed}:\n${text}\n${String(error)}`, { cause: error });
    }
    report.systems++;
    report.writes += program.port.checked;
    for (const { results } of program.compartments)
      for (const [result, count] of results) {
        report.calls += count;
        if (result === "done") report.done += count;
        else report.refused += count;
      }
  }
  return report;
}
