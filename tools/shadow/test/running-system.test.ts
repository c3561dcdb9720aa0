import process from "node:process";
import { sparrow } from "@cantrip/assembly/cantrip";
import { ConsoleSession, RealKernelSession } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { describe, expect, it } from "vitest";
import { shadowedBoards } from "../boards.ts";
import { compareStates, type Difference } from "../compare-states.ts";
import { distributionOf } from "../distribution.ts";
import { KernelMemory } from "../kernel-memory.ts";
import { cantripLayout } from "../layouts.ts";
import { ImageReader } from "../read-image.ts";
import { readModel } from "../read-model.ts";

const ROUNDS = process.env["CANTRIP_FULL"] === undefined ? 30 : 1000;
const board = [...shadowedBoards(process.env["CANTRIP_ORACLES"] ?? "")].find(
  ([, { config }]) => config.cantripFork,
)?.[1];
if (board === undefined) {
  console.log("running system: skipped, there is no $CANTRIP_ORACLES/kernels/sparrow-*/kernel.elf");
}

/** Boots, and starts and stops an application some times. */
function run(console: ConsoleSession | RealKernelSession, rounds: number): void {
  console.waitForPrompt();
  for (let count = 0; count < rounds; count++) {
    console.command("start hello");
    console.command("stop hello");
  }
  console.advance(0.05);
}

describe.skipIf(board === undefined)("CantripOS on the real kernel and on the model", () => {
  const options = { system: sparrow(), flash: makeFlash(builtinApplications()) };

  function differencesAfter(rounds: number, extra: string | undefined): readonly Difference[] {
    const kernelImage = board?.kernelImage ?? new Uint8Array(0);
    const real = new RealKernelSession({ ...options, kernelImage });
    const model = new ConsoleSession(options);
    run(real, rounds);
    run(model, rounds);
    if (extra !== undefined) model.command(extra);
    const { machine } = real.system;
    const ram = { base: machine.platform.ram.base, bytes: machine.ram };
    const reader = new ImageReader(new KernelMemory(kernelImage, ram), {
      layout: cantripLayout,
      maxIrq: board?.platform.maxIrq ?? 0,
      numDomains: board?.config.settings.numDomains ?? 0,
    });
    const state = readModel(model.system.kernel.state);
    expect(state.objects.size).toBeGreaterThan(150);
    return compareStates(distributionOf(state), distributionOf(reader.read()));
  }

  // The model's distribution is compared with the specification elsewhere (live-conformance.test.ts).
  it.each([0, ROUNDS])(
    "have the same objects, capabilities and derivations after %i rounds of an application",
    (rounds) => {
      expect(differencesAfter(rounds, undefined)).toEqual([]);
    },
    600_000,
  );

  it("have not when an application runs on one of them", () => {
    expect(differencesAfter(1, "start hello")).not.toEqual([]);
  });
});
