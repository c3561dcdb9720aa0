import { readFileSync } from "node:fs";
import { bootRootTask } from "@cantrip/assembly/riscv";
import { profileByName, profileNames } from "@cantrip/sel4-config";
import { filesEndingIn } from "./files.ts";
import { platformOf } from "./platforms.ts";
import { parseSel4testConsole } from "./sel4test-console.ts";
import { failed, messageOf, type OracleSuite, type TestResult } from "./suite.ts";

const PROGRAM = ".elf";
const MIB = 1024 * 1024;
/** A 64-bit driver allocates pages of 1 GiB: there has to be one whose memory is whole, below the end of RAM. */
const RAM_BYTES = { 32: 128 * MIB, 64: 2064 * MIB } as const;
const MAX_INSTRUCTIONS = 40_000_000_000;

/** seL4's own tests: the driver as the initial task of the kernel model. */
export const sel4test: OracleSuite = {
  name: "sel4test",
  *run(folder) {
    for (const file of filesEndingIn(folder, PROGRAM)) {
      const prefix = file.slice(0, -PROGRAM.length);
      yield* runDriver(prefix, readFileSync(`${folder}/${file}`));
    }
  },
};

function* runDriver(prefix: string, elf: Uint8Array): Iterable<TestResult> {
  const [profile = "", program = ""] = prefix.split("/");
  const kernel = profileByName(profile);
  // A driver that prints through the kernel runs on any board.
  const platform = platformOf(program);
  if (kernel === undefined) {
    yield failed(prefix, `no kernel profile ${profile}: known: ${profileNames.join(", ")}`);
    return;
  }
  let output = "";
  try {
    const system = bootRootTask({
      elf,
      kernel,
      ...(platform === undefined ? {} : { platform }),
      ramBytes: RAM_BYTES[kernel.wordBits],
      onConsole: (byte) => {
        output += String.fromCharCode(byte);
      },
    });
    system.run({ maxInstructions: MAX_INSTRUCTIONS });
  } catch (error) {
    yield failed(prefix, messageOf(error));
  }
  const results = parseSel4testConsole(output);
  for (const result of results) yield { ...result, name: `${prefix}/${result.name}` };
  if (results.length === 0) yield failed(prefix, `no test was started; printed: ${output}`);
}
