import { existsSync, readFileSync } from "node:fs";
import { sparrow } from "@cantrip/assembly/cantrip";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { makeFlash, packApplication } from "@cantrip/cli";
import { failed, messageOf, type OracleSuite, passed, type TestResult } from "./suite.ts";

/** What an application of CantripOS prints, by its C source. */
interface Expectation {
  readonly name: string;
  /** Texts in the order in which they appear on the console. */
  readonly texts: readonly string[];
}

const EXPECTATIONS: readonly Expectation[] = [
  {
    name: "fibonacci",
    // One number in 200 time slices of 5 ms; `rdtime` differs from machine to machine.
    texts: [
      "\nFibonacci:\n",
      "n == 0; f == 00000000; interrupt_count == 200; ",
      "virt_sec ~= 1\n",
      "n == 1; f == 00000001; interrupt_count == 400; ",
      "n == 2; f == 00000001; ",
      "n == 3; f == 00000002; ",
      "n == 4; f == 00000003; ",
      "n == 5; f == 00000005; ",
      "n == 6; f == 00000008; ",
      "n == 7; f == 0000000D; interrupt_count == 1600; ",
      "virt_sec ~= 8\n",
    ],
  },
  { name: "hello", texts: ["\nI am a C app!\n", "Done, sleeping in infinite loop\n"] },
  {
    name: "suicide",
    // It stores to address 0: a store page fault, which the process manager reports.
    texts: [
      "Goodbye, cruel world!\n",
      "[suicide]::virtual-memory fault:\n",
      "::Addr     0x00000000\n",
      "::Prefetch 0x0\n",
      "::FSR      0x7\n",
    ],
  },
];

/** CantripOS's own C applications, built with its own C library, as applications of sparrow. */
export const cantripApps: OracleSuite = {
  name: "cantrip-apps",
  *run(folder) {
    for (const expectation of EXPECTATIONS) {
      const path = `${folder}/${expectation.name}.elf`;
      if (existsSync(path)) yield runApplication(expectation, readFileSync(path));
    }
  },
};

function runApplication({ name, texts }: Expectation, elf: Uint8Array): TestResult {
  try {
    const session = new ConsoleSession({
      system: sparrow(),
      flash: makeFlash([packApplication(name, elf)]),
    });
    session.waitForPrompt();
    session.advance(0.05);
    session.discardOutput();
    const before = inUse(session);
    session.system.type(`start ${name}\r`);
    session.waitFor(`Bundle "${name}" started.\n`);
    for (const text of texts) session.waitFor(text);
    const answer = session.command(`stop ${name}`);
    if (!answer.endsWith(`Bundle "${name}" stopped.\n`)) return failed(name, `stop: ${answer}`);
    const after = inUse(session);
    return before === after ? passed(name) : failed(name, `in use: ${before}, then ${after}`);
  } catch (error) {
    return failed(name, messageOf(error));
  }
}

/** What `mstats` says is in use: an application that was stopped must have given everything back. */
function inUse(session: ConsoleSession): string {
  const text = session.command("mstats");
  return [...text.matchAll(/(\d+) (bytes|objs) in-use/g)].map(([whole]) => whole).join(", ");
}
