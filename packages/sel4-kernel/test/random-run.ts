import { cantrip, type KernelConfig, upstream, upstream64 } from "@cantrip/sel4-config";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import type { FakePort } from "./fake-port.ts";
import { step } from "./random-acts.ts";
import type { Operation } from "./random-calls.ts";
import { RandomProgram } from "./random-program.ts";

/** All profiles, those of 32 bits each with one domain as it is built, and with two. */
export const randomConfigs: readonly KernelConfig[] = [
  cantrip,
  upstream,
  upstream64,
  {
    ...cantrip,
    name: "cantrip with domains",
    settings: {
      ...cantrip.settings,
      numDomains: 2,
      domainSchedule: {
        kind: "compiled",
        turns: [
          { domain: 0, length: 2 },
          { domain: 1, length: 1 },
        ],
      },
    },
  },
  {
    ...upstream,
    name: "upstream with domains",
    settings: {
      ...upstream.settings,
      numDomains: 2,
      domainSchedule: { kind: "runtime", length: 4 },
    },
  },
];

/** Runs operations, the whole state is checked after each; what goes wrong is thrown with the program that led there. */
export function run(
  config: KernelConfig,
  operations: readonly Operation[],
  port?: FakePort,
): RandomProgram {
  const program = new RandomProgram(config, port === undefined ? {} : { port });
  try {
    for (const one of operations) {
      if (!step(program, one)) break;
      checkPort(program);
    }
  } catch (error) {
    const text = program.lines.map((line, index) => `${String(index + 1).padStart(4)}  ${line}`);
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`program on ${config.name}:\n${text.join("\n")}\n${message}`, { cause: error });
  }
  return program;
}

/** What the machine was told: the kernel goes on, and only interrupts that have a handler are unmasked. */
function checkPort({ world }: RandomProgram): void {
  const { port, kernel } = world;
  if (port.haltReason !== undefined) throw new Error(`halted: ${port.haltReason}`);
  for (const irq of port.unmasked)
    if (kernel.state.irqActive[irq] !== true) throw new Error(`interrupt ${irq} is not masked`);
}

/** What programs did, all together. */
export class RandomReport {
  readonly fuzz: FuzzReport;
  readonly done = new Map<string, number>();

  constructor(name: string) {
    this.fuzz = new FuzzReport(name);
  }
  add(program: RandomProgram): void {
    for (const [result, count] of program.results) {
      if (result === "done") this.fuzz.succeeded(count);
      else this.fuzz.refused(result, count);
    }
    for (const [act, count] of program.done) this.done.set(act, (this.done.get(act) ?? 0) + count);
  }
}
