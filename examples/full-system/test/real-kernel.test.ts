import { sparrow } from "@cantrip/assembly/cantrip";
import {
  ConsoleSession,
  type MachineSystem,
  RealKernelSession,
  type SystemConsole,
} from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { replayInput } from "@cantrip/hw-riscv";
import { describe, expect, it } from "vitest";
import { findKernel } from "./find-kernel.ts";

const kernelImage = findKernel();

const options = { system: sparrow(), flash: makeFlash(builtinApplications()) };

/** Runs an application, and returns what the console printed from the prompt on. */
function session(console: SystemConsole<MachineSystem>): string {
  console.waitForPrompt();
  console.advance(0.05);
  const start = console.transcript.length;
  for (const line of ["start hello", "bundles", "mstats", "stop hello", "mstats"]) {
    console.command(line);
    console.advance(0.05);
  }
  return console.transcript.slice(start);
}

describe.skipIf(kernelImage === undefined)("CantripOS on its real kernel", () => {
  const boot = (): RealKernelSession =>
    new RealKernelSession({ ...options, kernelImage: kernelImage ?? new Uint8Array(0) });

  it("prints what it prints on the model", () => {
    const printed = session(boot());
    expect(printed).toContain("I am a C app!");
    expect(printed).toBe(session(new ConsoleSession(options)));
  });

  it("repeats a run from its input, instruction by instruction", () => {
    const first = boot();
    session(first);
    const again = boot();
    replayInput(again.system.machine, first.system.machine.inputLog);
    const { machine } = again.system;
    machine.run({ untilCycle: first.system.machine.cycles });
    expect(again.transcript).toBe(first.transcript);
    expect(machine.instructions).toBe(first.system.machine.instructions);
    expect(machine.registers).toEqual(first.system.machine.registers);
  });
});
