import { sparrow } from "@cantrip/assembly/cantrip";
import {
  bootSystem,
  finishRecording,
  type Recording,
  replayRecording,
  type RunningSystem,
} from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

/** `pnpm test:fuzz` has no time for more. */
const isShort = process.env["CANTRIP_FUZZ"] !== undefined;
const RUNS = isShort ? 1 : 10;
const SECONDS = isShort ? 60 : 600;
/** Inputs that a run has at least, by its length. */
const LEAST_INPUTS = SECONDS / 12;
const RAM_BYTES = 4 * 1024 * 1024;
const RAM_BASE = 0x28000000;
const RETURN = 0x0d;
const flash = makeFlash(builtinApplications());

type MachineInput = RunningSystem["machine"]["inputLog"][number]["input"];

interface Run {
  readonly system: RunningSystem;
  readonly console: () => Uint8Array;
}

function boot(): Run {
  const printed: number[] = [];
  const system = bootSystem({
    system: sparrow(),
    ramBytes: RAM_BYTES,
    flash,
    onConsole: (byte) => {
      printed.push(byte);
    },
  });
  return { system, console: () => Uint8Array.from(printed) };
}

/** Numbers from 0 to below `limit`, the same for the same seed (xorshift32). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const COMMANDS = [
  ...["builtins", "bundles", "mstats", "ps", "capscan console", "help", "loglevel debug"],
  ...["start hello", "start suicide", "start logtest", "stop hello", "start nothing"],
  ...["status hello", "sleep 100", "mdebug", "no such command"],
];
/** Programs that were started loop, which costs the host 0.3 seconds in a virtual one; so they do not run for long. */
const STOP_ALL = "stop hello\rstop suicide\rstop logtest\r";
const MOST_SECONDS_OF_PROGRAMS = 0.3;
const MOST_SECONDS_OF_PAUSE = 20;

/** Something for the console most of the time, and now and then a fault. */
function randomInput(random: (limit: number) => number): readonly MachineInput[] {
  const type = (text: string): MachineInput => ({
    kind: "serial",
    device: "uart0",
    bytes: Uint8Array.from(text, (character) => character.charCodeAt(0)),
  });
  switch (random(20)) {
    case 0:
      return [{ kind: "bit-flip", paddr: RAM_BASE + random(RAM_BYTES), bit: random(8) }];
    case 1:
      return [{ kind: "interrupt-line", source: 1 + random(3), isConnected: random(2) === 1 }];
    case 2:
      return [1, 2, 3, 31].map((source) => ({
        ...{ kind: "interrupt-line" as const, source },
        isConnected: true,
      }));
    case 3:
      return [type(String.fromCharCode(...Array.from({ length: random(40) }, () => random(256))))];
    default:
      return [type(`${COMMANDS[random(COMMANDS.length)] ?? ""}\r`)];
  }
}

/** Runs with random input, in pieces of random length. */
function record(seed: number): Recording {
  const random = randomNumbers(seed);
  const { system, console } = boot();
  const { machine, cyclesPerSecond, image } = system;
  const end = SECONDS * cyclesPerSecond;
  const pass = (seconds: number): void => {
    // To a cycle, not to a multiple of anything.
    const until = machine.cycles + random(Math.floor(seconds * cyclesPerSecond));
    machine.run({ untilCycle: Math.min(end, until) });
  };
  while (machine.cycles < end) {
    pass(MOST_SECONDS_OF_PAUSE);
    for (const input of randomInput(random)) machine.enter(input);
    pass(MOST_SECONDS_OF_PROGRAMS);
    system.type(STOP_ALL);
    pass(MOST_SECONDS_OF_PROGRAMS);
  }
  const configuration = {
    ...{ system: { kind: "assembly" as const, name: "sparrow" }, profile: "cantrip" },
    ...{ platform: "sparrow", ramBytes: RAM_BYTES, flash, image: image.initialTask.bytes },
  };
  return finishRecording(configuration, system, console());
}

describe("replay", { timeout: 20 * 60_000 }, () => {
  it("is the same run, ten times with ten virtual minutes of random input and faults", () => {
    const report = new FuzzReport("replayed commands");
    for (let seed = 1; seed <= RUNS; seed++) {
      const recording = record(seed * 7919);
      const { end, inputs } = recording;
      const answers = new TextDecoder("latin1").decode(end.console).split("CANTRIP> ").length - 1;
      console.log(
        `run ${seed}: ${inputs.length} inputs, ${answers} prompts, ` +
          `${end.console.length} bytes, ${end.instructions} instructions`,
      );
      const { system, console: printed } = boot();
      replayRecording(recording, system, printed);
      expect(inputs.length).toBeGreaterThan(LEAST_INPUTS);
      const commands = inputs
        .flatMap(({ input }) => (input.kind === "serial" ? [...input.bytes] : []))
        .filter((byte) => byte === RETURN).length;
      report.succeeded(Math.min(answers, commands));
      report.refused("without a prompt", Math.max(0, commands - answers));
    }
    report.finish();
  });

  it("is noticed to be another run, whatever was changed", { skip: !isShort }, () => {
    const recording = record(104_729);
    const { end, inputs } = recording;
    const last = inputs.at(-1);
    if (last === undefined) throw new Error("no inputs");
    const changed: readonly Partial<Recording>[] = [
      { end: { ...end, console: end.console.map((byte, at) => (at === 100 ? byte ^ 1 : byte)) } },
      { end: { ...end, console: end.console.subarray(0, -1) } },
      { end: { ...end, cycles: end.cycles + 1000 } },
      { inputs: [...inputs.slice(0, -1), { ...last, instructions: last.instructions + 1 }] },
    ];
    for (const change of changed) {
      const { system, console: printed } = boot();
      expect(() => {
        replayRecording({ ...recording, ...change }, system, printed);
      }).toThrow();
    }
  });
});
