import { sparrow } from "@cantrip/assembly/cantrip";
import {
  ConsoleSession,
  ConsoleTimeout,
  type MachineSystem,
  qemuVirtPlatform,
  RealKernelSession,
  sparrowPlatform,
  type SystemConsole,
  type SystemPlatform,
} from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import type { HostedError } from "@cantrip/hw-riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { system as connectorsSystem } from "../../examples/connectors/src/system.ts";
import { gauge } from "../../examples/own-system/src/gauge.ts";
import { GAUGE, qemuSystem, system as ownSystem } from "../../examples/own-system/src/system.ts";
import { KERNEL_MESSAGE } from "./console-lines.ts";
import { LAST_ROUND, memorySystem } from "./memory-system.ts";
import { failed, messageOf, passed, type TestResult } from "./suite.ts";

type Console = SystemConsole<MachineSystem>;

/** Something to do at the console, and what it is called. */
type Step = readonly [name: string, act: (console: Console) => void];

/** A system that boots on the model and on a real kernel. */
interface ComparedSystem {
  readonly name: string;
  readonly platform: SystemPlatform;
  readonly options: Omit<ConstructorParameters<typeof ConsoleSession>[0], "observer">;
  readonly steps: readonly Step[];
}

/** What a debug kernel prints before the first instruction of the initial task. */
const DROPPED = /^[^]*Booting all finished, dropped to user space\n/;
/** The idle thread is the kernel's own code, at an address of that build. The model has none. */
const IDLE_ADDRESS = /(idle_thread\s+idle\s+)\S+/g;
/** Virtual seconds after an answer: what programs and the log print later. */
const LATER = 0.05;

/** Lines typed at the prompt, each when the last one is answered. */
function typed(...lines: readonly string[]): Step[] {
  return lines.map((line) => [
    line,
    (console) => {
      console.command(line);
    },
  ]);
}

/** Waits for something that a program prints. */
function printed(text: string): Step {
  return [
    `prints ${text}`,
    (console) => {
      console.waitFor(text);
    },
  ];
}

/** Every command that does not end the console, among them all that applications are for. */
const SHELL: readonly Step[] = [
  ["boots to the prompt", (console) => void console.waitForPrompt()],
  ...typed("help", "builtins", "packages", "start hello", "bundles", "status hello"),
  ...typed("capscan hello", "capscan console", "capscan memory", "capscan process", "capscan sdk"),
  ...typed("capscan security", "capscan timer", "capscan mlcoord", "ps", "mstats", "stop hello"),
  ...typed("mstats", "start suicide"),
  printed("::FSR "),
  ...typed("stop suicide", "mstats", "start fibonacci"),
  printed("[47] 2971215073"),
  ...typed("stop fibonacci", "mstats", "start logtest", "sleep 100", "stop logtest"),
  ...typed("start mltest", "sleep 1200", "mldebug", "stop mltest", "add 0.1 0.2", "echo a  b c"),
  ...typed("kvwrite hello key some words", "kvread hello key", "kvdelete hello key", "loglevel"),
  ...typed("get_manifest hello", "load_application hello", "load_model x hello.app", "mdebug"),
  ...typed("scecho to  the coordinator", "size_buffer hello", "test_alloc", "test_alloc_error"),
  ...typed("test_mailbox", "test_malloc 4096", "test_mlexecute shell xor.model"),
  ...typed("test_mlperiodic shell xor.model 1000", "test_mlcancel shell xor.model"),
  ...typed("test_obj_alloc", "test_timer_async 3 10", "test_timer_blocking 20"),
  ...typed("test_timer_completed", "test_uart", "uninstall hello", "xyzzy", "mstats", "ps"),
];

const GAUGE_LINES: readonly Step[] = [
  printed("no mean: NoSamples\n"),
  ...[4, 8, 12, 16, 20].map((count) => printed(`${count} samples, mean `)),
];

/** One step: it prints without waiting for anything, so that time decides which line falls into which step. */
const MEMORY_ROUNDS: readonly Step[] = [
  [
    "allocates and frees in rounds",
    (console) => {
      console.waitFor(LAST_ROUND);
      console.waitFor("\n");
    },
  ],
];

/** One step for the same reason. */
const CONNECTORS: readonly Step[] = [
  [
    "gives work to two components, and waits for both with one thread",
    (console) => {
      console.waitFor("boss: left sum 1123875250\n");
      console.waitFor("boss: right sum 5\n");
    },
  ],
];

const gaugeDevice = gauge(GAUGE.base, GAUGE.interrupt);

const SYSTEMS: readonly ComparedSystem[] = [
  {
    name: "cantripos",
    platform: sparrowPlatform,
    options: { system: sparrow(), flash: makeFlash(builtinApplications()) },
    steps: SHELL,
  },
  {
    name: "own-system",
    platform: sparrowPlatform,
    options: { system: ownSystem, devices: [gaugeDevice] },
    steps: GAUGE_LINES,
  },
  {
    name: "own-system",
    platform: qemuVirtPlatform,
    options: { system: qemuSystem, devices: [gaugeDevice] },
    steps: GAUGE_LINES,
  },
  {
    name: "connectors",
    platform: sparrowPlatform,
    options: { system: connectorsSystem },
    steps: CONNECTORS,
  },
  {
    name: "memory",
    platform: sparrowPlatform,
    options: { system: memorySystem(cantrip, sparrowPlatform.name) },
    steps: MEMORY_ROUNDS,
  },
  {
    name: "memory",
    platform: qemuVirtPlatform,
    options: { system: memorySystem(upstream, qemuVirtPlatform.name) },
    steps: MEMORY_ROUNDS,
  },
];

/** Our systems on a real kernel print what they print on the model: one test a step. */
export function* compareSystems(
  prefix: string,
  kernelImage: Uint8Array,
  platform: SystemPlatform,
): Iterable<TestResult> {
  for (const system of SYSTEMS.filter((each) => each.platform === platform)) {
    const name = `${prefix}/${system.name}`;
    try {
      yield* compareSystem(name, system, kernelImage);
    } catch (error) {
      yield failed(`${name}/starts`, messageOf(error));
    }
  }
}

function* compareSystem(
  name: string,
  { platform, steps, ...system }: ComparedSystem,
  kernelImage: Uint8Array,
): Iterable<TestResult> {
  const crashes: string[] = [];
  const onHostedError = ({ component, message }: HostedError): void => {
    crashes.push(`${component}: ${message}`);
  };
  const options = { ...system.options, platform, onHostedError };
  const real = runSteps(steps, new RealKernelSession({ ...options, kernelImage }));
  const model = runSteps(steps, new ConsoleSession(options));
  yield* compareSteps(name, steps, real, model);
  yield crashes.length === 0
    ? passed(`${name}/no thread crashes`)
    : failed(`${name}/no thread crashes`, crashes.join("; "));
}

/** What each step printed that came to an end, and why the next one did not. */
interface StepsRun {
  readonly outputs: readonly string[];
  readonly error: string;
}

function runSteps(steps: readonly Step[], console: Console): StepsRun {
  const outputs: string[] = [];
  try {
    for (const [, act] of steps) {
      const before = console.transcript.length;
      act(console);
      console.advance(LATER);
      outputs.push(console.transcript.slice(before));
    }
  } catch (error) {
    if (!(error instanceof ConsoleTimeout)) throw error;
    return { outputs, error: error.message };
  }
  return { outputs, error: "" };
}

function* compareSteps(
  prefix: string,
  steps: readonly Step[],
  real: StepsRun,
  model: StepsRun,
): Iterable<TestResult> {
  const seen = new Map<string, number>();
  for (const [index, [step]] of steps.entries()) {
    const times = (seen.get(step) ?? 0) + 1;
    seen.set(step, times);
    const name = `${prefix}/${step.trimEnd()}${times === 1 ? "" : ` (${times})`}`;
    const theirs = real.outputs[index];
    const ours = model.outputs[index];
    if (theirs === undefined) yield failed(name, `the kernel: ${real.error}`);
    else if (ours === undefined) yield failed(name, `the model: ${model.error}`);
    else yield compareStep(name, comparable(ours), comparable(theirs));
  }
}

function compareStep(name: string, ours: string, theirs: string): TestResult {
  if (ours === theirs) return passed(name);
  const model = ours.split("\n");
  const real = theirs.split("\n");
  const at = model.findIndex((line, index) => line !== real[index]);
  const line = at < 0 ? model.length : at;
  const our = model[line] ?? "nothing";
  return failed(name, `line ${line}: the model: ${our}; the kernel: ${real[line] ?? "nothing"}`);
}

/** What a program printed: without what a debug kernel itself has to say. */
function comparable(output: string): string {
  return output.replace(KERNEL_MESSAGE, "").replace(DROPPED, "").replace(IDLE_ADDRESS, "$1");
}
