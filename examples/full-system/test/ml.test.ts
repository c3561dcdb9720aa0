import { sparrow } from "@cantrip/assembly/cantrip";

import { type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { flashWithModels } from "./ml-models.ts";
import { boot, inUse } from "./sparrow-session.ts";

const flash = flashWithModels();
const XOR = "data: [0, 1, 1, 0, ";

function bootWithModels(options: Parameters<typeof boot>[0] = {}): TestSystem {
  return boot({ flash, ...options });
}

/** `mldebug` without the log's target. */
function state(session: TestSystem): string {
  return session.command("mldebug").replaceAll("cantrip_ml_coordinator::", "");
}

describe("an application and its model", () => {
  it("runs once and periodically in the ML core, and all of its memory comes back", () => {
    const session = bootWithModels();
    const before = inUse(session);
    session.command("start mltest");
    const output = session.expectConsole("DONE!\n", 20);
    expect(output).toContain("[mltest]::xor.model started, id 31\n");
    expect(output).toContain("[mltest]::xor.model completed\n");
    const outputs = [...output.matchAll(/ModelOutput \{.*\}/g)].map(([text]) => text);
    // The model counts its runs from 100 in its static memory, the coordinator all of them from 0.
    expect(outputs[0]).toContain(`jobnum: 0, return_code: 0, epc: Some(0), ${XOR}100, 0,`);
    expect(outputs[1]).toContain(`jobnum: 10, return_code: 0, epc: Some(0), ${XOR}110, 0,`);
    const periods = [...output.matchAll(/Model completed: mask (0b1\d{31}) ms (\d+)/g)];
    expect(periods).toHaveLength(10);
    for (const [, mask, ms] of periods.slice(1)) {
      expect(mask).toBe(`0b1${"0".repeat(31)}`);
      expect(Number(ms)).toBeGreaterThan(990);
      expect(Number(ms)).toBeLessThan(1010);
    }
    expect(output).toContain("[mltest]::Model xor.model canceled\n");
    session.command("stop mltest");
    expect(inUse(session)).toEqual(before);
  });

  it("waits beside another one, each for its own model", () => {
    const session = bootWithModels();
    const before = inUse(session);
    session.command("test_mlexecute shell endless.model");
    for (const app of ["mltest", "mltwin"]) {
      session.command(`start ${app}`);
      session.expectConsole(`[${app}]::xor.model started`);
    }
    session.command("test_mlcancel shell endless.model");
    session.advance(15);
    for (const app of ["mltest", "mltwin"]) {
      const lines = session.transcript.split("\n").filter((line) => line.startsWith(`[${app}]`));
      const counts = lines.flatMap((line) => /\[0, 1, 1, 0, (\d+), 0/.exec(line)?.[1] ?? []);
      expect(counts).toEqual(["100", "110"]);
      expect(lines.filter((line) => line.includes("Model completed"))).toHaveLength(10);
      expect(lines.at(-1)).toBe(`[${app}]::DONE!`);
      session.command(`stop ${app}`);
    }
    expect(inUse(session)).toEqual(before);
  });

  it("waits without keeping the SDK runtime from others, and can be stopped", () => {
    const session = bootWithModels();
    const before = inUse(session);
    expect(session.command("test_mlexecute shell endless.model")).toBe("");
    session.command("start mltest");
    session.expectConsole("xor.model started");
    session.advance(0.5);
    expect(state(session)).toMatch(/running: shell:endless.model\n[^]*queue: mltest:xor.model\n/);
    session.command("start logtest");
    session.expectConsole("[logtest]::DONE\n");
    expect(session.transcript).not.toContain("xor.model completed");
    expect(session.command("stop mltest")).toContain("stopped.");
    session.command("stop logtest");
    session.advance(0.1);
    expect(inUse(session)).toEqual(before);
    expect(state(session)).toMatch(/queue: \n/);
  });
});

describe("jobs of the console", () => {
  it("are refused for what is no model, each for its reason, and the next one runs", () => {
    const session = bootWithModels();
    const before = inUse(session);
    const execute = (name: string): string => session.command(`test_mlexecute shell ${name}`);
    expect(execute("nothing.model")).toBe('Execute "shell" "nothing.model" err: LoadModelFailed\n');
    expect(execute("hello.app")).toBe('Execute "shell" "hello.app" err: InvalidImage\n');
    expect(execute("damaged.model")).toBe('Execute "shell" "damaged.model" err: InvalidImage\n');
    expect(execute("huge.model")).toBe('Execute "shell" "huge.model" err: InvalidImage\n');
    expect(execute("x".repeat(100))).toContain("err: SerializeError\n");
    expect(session.command("test_mlexecute shell")).toContain("invalid arguments");
    expect(session.command("test_mlcancel shell huge.model")).toBe(
      'Cancel "shell" "huge.model" err: NoSuchModel\n',
    );
    expect(state(session)).toContain("load failures 0");
    expect(inUse(session)).toEqual(before);
    session.command("start mltest");
    expect(session.expectConsole(`${XOR}100`)).toContain("return_code: 0");
  });

  it.each([
    ["illegal.model", "Vector Core instruction fault.", "0x80000002"],
    ["astray.model", "Vector Core data fault.", "0x80000010"],
    ["readonly.model", "Vector Core data fault.", "0x80000010"],
    ["asking.model", "Vector Core host request", "0x80000020"],
    ["complaining.model", "", "0x7"],
  ])("end when %s goes wrong, and the next one runs", (name, text, code) => {
    const session = bootWithModels();
    session.command(`test_mlexecute shell ${name}`);
    session.advance(0.1);
    expect(session.transcript).toContain(`shell:${name} finished: return code ${code}\n`);
    expect(session.transcript).toContain(text);
    expect(state(session)).toContain("running: none\n");
    session.command("start mltest");
    expect(session.expectConsole(`${XOR}100`)).toContain("return_code: 0");
  });

  it("run one after the other, share the core's memory, and are cancelled while they run", () => {
    const session = bootWithModels();
    session.command("test_mlexecute shell endless.model");
    session.command("test_mlexecute shell xor.model");
    session.command("test_mlexecute shell xor.model");
    expect(state(session)).toContain("queue: shell:xor.model\nload failures 0, already queued 1\n");
    expect(session.command("test_mlcancel shell endless.model")).toBe(
      'Cancelled "shell" "endless.model"\n',
    );
    session.advance(0.1);
    expect(state(session)).toMatch(/running: none\n[^]*image 1: 0x0 /);
    // Both do not fit: the one that was there goes.
    session.command("test_mlexecute shell large.model");
    session.advance(0.1);
    const images = state(session);
    expect(images).toContain("temporary data from 0x100000 to 0x1000000\n");
    expect(images).toMatch(/image 0: /);
    session.command("test_mlcancel shell xor.model");
    expect(session.command("test_mlcancel shell large.model")).toContain("Cancelled");
    expect(state(session)).toContain("images to 0x0");
  });

  it("run at their period until they are cancelled", () => {
    const session = bootWithModels();
    expect(session.command("test_mlperiodic shell complaining.model 0")).toBe(
      'Periodic "shell" "complaining.model" err: InvalidTimer\n',
    );
    session.command("test_mlperiodic shell complaining.model 100");
    session.advance(1);
    const finished = (): number =>
      session.transcript.split("shell:complaining.model finished").length - 1;
    const runs = finished();
    expect(runs).toBeGreaterThanOrEqual(10);
    expect(runs).toBeLessThanOrEqual(12);
    session.command("test_mlcancel shell complaining.model");
    const last = finished();
    session.advance(1);
    expect(finished()).toBe(last);
  });

  it("shows the coordinator's capabilities", () => {
    const output = bootWithModels().command("capscan mlcoord");
    expect(output).toContain("cap_endpoint_cap");
    expect(output).toMatch(/cap_frame_cap.*mapped=0x[0-9a-f]+/);
  });

  it("do not wake a sleeping console before its time", () => {
    const session = bootWithModels();
    session.command("test_mlexecute shell xor.model");
    const { clock } = session.system.machine;
    const start = clock.now;
    session.command("sleep 500");
    expect((clock.now - start) / clock.cyclesPerSecond).toBeGreaterThan(0.49);
  });
});

describe("cut tests", () => {
  /** Sparrow whose ML coordinator does not get some of the core's interrupts. */
  function without(interrupt: string): ReturnType<typeof sparrow> {
    const system = sparrow();
    const connections = system.connections.map((connection) =>
      connection.name === "vctop_irq"
        ? { ...connection, from: connection.from.filter((end) => end !== `vctop.${interrupt}`) }
        : connection,
    );
    expect(connections).not.toEqual(system.connections);
    return { ...system, connections };
  }

  it("has no job complete without the finish interrupt", () => {
    const session = bootWithModels({ system: without("finish") });
    session.command("start mltest");
    session.expectConsole("xor.model started");
    session.advance(5);
    expect(session.transcript).not.toContain("completed");
    expect(state(session)).toContain("running: mltest:xor.model\n");
  });

  it("hears of no fault without its interrupt", () => {
    const session = bootWithModels({ system: without("data_fault") });
    session.command("test_mlexecute shell astray.model");
    session.advance(1);
    expect(session.transcript).not.toContain("finished");
    expect(state(session)).toContain("running: shell:astray.model\n");
  });

  it("gives no output where the model's text is not what the core executes", () => {
    const session = bootWithModels();
    session.command("start mltest");
    session.expectConsole(`${XOR}100`);
    // The image stays in the core's memory between the runs: its first page is the text.
    for (let offset = 0; offset < 0x1000; offset += 4) {
      session.system.machine.writePhysical32(0x34000000 + offset, 0);
    }
    session.expectConsole("Vector Core instruction fault.", 5);
  });
});
