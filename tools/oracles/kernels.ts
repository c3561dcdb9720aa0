import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readInitialTask } from "@cantrip/assembly";
import { bootRootTask } from "@cantrip/assembly/riscv";
import { cantrip } from "@cantrip/sel4-config";
import { bootSparrowKernel } from "./boot-kernel.ts";
import { compareConsoles } from "./console-lines.ts";
import {
  failed,
  messageOf,
  notSupported,
  type OracleSuite,
  passed,
  type TestResult,
} from "./suite.ts";

const ROOT_TASK = fileURLToPath(new URL("../../examples/root-task/root-task.elf", import.meta.url));
const KERNEL = "kernel.elf";
/** What the kernel prints before the first instruction of the initial task. */
const DROPPED = "Booting all finished, dropped to user space\n";
const SECONDS = 1;
const MODEL_INSTRUCTIONS = 50_000_000;

/** Real kernels: they boot on the machine, and an initial task prints on them what it prints on the kernel model. */
export const kernels: OracleSuite = {
  name: "kernels",
  *run(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (!existsSync(`${folder}/${name}/${KERNEL}`)) continue;
      if (name.startsWith("sparrow")) yield* bootOnSparrow(name, `${folder}/${name}`);
      else yield notSupported(name, "only kernels for sparrow can be booted");
    }
  },
};

function* bootOnSparrow(name: string, folder: string): Iterable<TestResult> {
  const kernel = readFileSync(`${folder}/${KERNEL}`);
  const others = readdirSync(folder).filter((file) => file.endsWith(".elf") && file !== KERNEL);
  for (const path of [ROOT_TASK, ...others.sort().map((file) => `${folder}/${file}`)]) {
    const program = /([^/]+)\.elf$/.exec(path)?.[1] ?? path;
    yield* bootProgram(`${name}/${program}`, kernel, readFileSync(path));
  }
}

function* bootProgram(name: string, kernel: Uint8Array, elf: Uint8Array): Iterable<TestResult> {
  const boots = `${name}/boots`;
  try {
    const task = readInitialTask(elf, cantrip.settings.userTop);
    const { output, pc } = bootSparrowKernel(kernel, task, SECONDS);
    const at = output.indexOf(DROPPED);
    if (at < 0) {
      yield failed(boots, `pc 0x${pc.toString(16)}; printed: ${output.slice(-200)}`);
      return;
    }
    yield passed(boots);
    yield* compareConsoles(name, output.slice(at + DROPPED.length), printedOnModel(elf));
  } catch (error) {
    yield failed(boots, messageOf(error));
  }
}

function printedOnModel(elf: Uint8Array): string {
  let output = "";
  const system = bootRootTask({
    elf,
    kernel: cantrip,
    onConsole: (byte) => {
      output += String.fromCharCode(byte);
    },
  });
  system.run({ maxInstructions: MODEL_INSTRUCTIONS });
  return output;
}
