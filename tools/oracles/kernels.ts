import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bootRootTask, qemuVirtPlatform, type SystemPlatform } from "@cantrip/assembly/riscv";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { bootKernel } from "./boot-kernel.ts";
import { compareAnswers, compareConsoles } from "./console-lines.ts";
import { platformNames, platformOf } from "./platforms.ts";
import { compareSystems } from "./real-systems.ts";
import {
  failed,
  messageOf,
  notSupported,
  type OracleSuite,
  passed,
  type TestResult,
} from "./suite.ts";

const ROOT_TASKS = fileURLToPath(new URL("../../examples/root-task", import.meta.url));
/** Its lines are too many to be a test each. */
const RANDOM = "random-invocations";
const PROGRAMS = fileURLToPath(new URL("programs", import.meta.url));
const KERNEL = "kernel.elf";
/** What the kernel prints before the first instruction of the initial task. */
const DROPPED = /Booting all finished, dropped to user space\r?\n/;
const SECONDS = 4;
const MODEL_INSTRUCTIONS = 100_000_000;

/** Real kernels: they boot on the machine, and what runs on them prints what it prints on the kernel model. */
export const kernels: OracleSuite = {
  name: "kernels",
  *run(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (!existsSync(`${folder}/${name}/${KERNEL}`)) continue;
      const platform = platformOf(name);
      if (platform === undefined)
        yield notSupported(name, `kernels for ${platformNames.join(" and ")} can be booted`);
      else {
        yield* bootPrograms(name, `${folder}/${name}`, boardOf(platform));
        yield* compareSystems(name, readFileSync(`${folder}/${name}/${KERNEL}`), platform);
      }
    }
  },
};

/** A real kernel's board: what the model is told of it, and how the kernel is booted there. */
interface Board {
  readonly platform: SystemPlatform;
  readonly config: KernelConfig;
  /** Our own initial tasks. */
  readonly programs: readonly string[];
}

function boardOf(platform: SystemPlatform): Board {
  if (platform === qemuVirtPlatform)
    return {
      ...{ platform, config: upstream },
      programs: [`${ROOT_TASKS}/upstream/boot-info.elf`, `${PROGRAMS}/upstream/${RANDOM}.elf`],
    };
  const programs = [`${ROOT_TASKS}/root-task.elf`, `${ROOT_TASKS}/cantrip/boot-info.elf`];
  return {
    ...{ platform, config: cantrip },
    programs: [...programs, `${PROGRAMS}/cantrip/${RANDOM}.elf`],
  };
}

function* bootPrograms(name: string, folder: string, board: Board): Iterable<TestResult> {
  const kernel = readFileSync(`${folder}/${KERNEL}`);
  const others = readdirSync(folder).filter((file) => file.endsWith(".elf") && file !== KERNEL);
  for (const path of [...board.programs, ...others.sort().map((file) => `${folder}/${file}`)]) {
    const program = /([^/]+)\.elf$/.exec(path)?.[1] ?? path;
    yield* bootProgram(`${name}/${program}`, board, kernel, readFileSync(path));
  }
}

function* bootProgram(
  name: string,
  board: Board,
  kernel: Uint8Array,
  elf: Uint8Array,
): Iterable<TestResult> {
  const boots = `${name}/boots`;
  try {
    const { output, pc } = bootKernel(kernel, elf, board, SECONDS);
    const dropped = DROPPED.exec(output);
    if (dropped === null) {
      yield failed(boots, `pc 0x${pc.toString(16)}; printed: ${output.slice(-200)}`);
      return;
    }
    yield passed(boots);
    const printed = output.slice(dropped.index + dropped[0].length);
    const model = printedOnModel(board, elf);
    if (name.endsWith(`/${RANDOM}`)) yield compareAnswers(name, printed, model);
    else yield* compareConsoles(name, printed, model);
  } catch (error) {
    yield failed(boots, messageOf(error));
  }
}

/** What an initial task prints on the kernel model. */
export function printedOnModel(
  { config, platform }: Pick<Board, "config" | "platform">,
  elf: Uint8Array,
): string {
  let output = "";
  const system = bootRootTask({
    elf,
    ...{ kernel: config, platform },
    onConsole: (byte) => {
      output += String.fromCharCode(byte);
    },
  });
  system.run({ maxInstructions: MODEL_INSTRUCTIONS });
  return output;
}
