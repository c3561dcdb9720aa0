import { readFileSync } from "node:fs";
import { createStrace } from "@cantrip/assembly/trace";
import { makeFlash, packApplication } from "@cantrip/cli";
import { SdkRequest } from "@cantrip/interfaces/sdk";
import type { TestOptions } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { flashWithModels } from "./ml-models.ts";
import { sparrowWithRecorder } from "./sdk-recorder.ts";
import { SDK_EXCHANGES } from "./sdk-table.ts";
import { boot } from "./sparrow-session.ts";

const IN_C = new URL("../../../packages/sdk/test/c/all-requests.elf", import.meta.url);

/** Requests of an application and their answers, as the trace has them, without the time. */
function tracedOf(application: string, seconds: number, options: TestOptions): string[] {
  const lines: string[] = [];
  const observer = createStrace({ write: (line) => lines.push(line) });
  const session = boot({ ...options, observer });
  session.command(`start ${application}`);
  session.advance(seconds);
  const sent = new RegExp(
    `^(${application} -> sdk_runtime:control|sdk_runtime:control -> ${application}): (.*)$`,
  );
  return lines.flatMap((line) => sent.exec(line.slice(13))?.[2]?.replace(/ via .*$/, "") ?? []);
}

const BYTES = Array.from({ length: 96 }, (_, index) => index.toString(16).padStart(2, "0")).join(
  " ",
);
const VALUE = `[${BYTES}]…+4`;
const DATA = JSON.stringify(
  String.fromCharCode(...Array.from({ length: 64 }, (_, index) => 0x40 + (index % 32))),
);

describe("strace of the SDK", () => {
  it("decodes every request and every answer, with their fields", () => {
    const asked: never[] = [];
    const system = sparrowWithRecorder(SDK_EXCHANGES, asked);
    const flash = makeFlash([packApplication("all", readFileSync(IN_C))]);
    const traced = tracedOf("all", 0.5, { flash, system });
    const done = (request: string): string[] => [
      `${request} +1 cap`,
      `${request.split(/[{ ]/)[0] ?? ""} -> SDKSuccess`,
    ];
    const cancelled = (id: string): string[] => done(`sdk.CancelTimer{id: ${id}}`);
    const output = (jobnum: number, code: number, epc: string): string[] => [
      "sdk.GetModelOutput{id: 31} +1 cap",
      `sdk.GetModelOutput -> GetModelOutputReply{output: {jobnum: ${jobnum}, returnCode: ${code}, epc: ${epc}, data: b${DATA}}}`,
      ...done(`sdk.OneshotTimer{id: ${jobnum}, durationMs: ${code}}`),
      ...cancelled(epc === "None" ? "0" : "0xdeadbeef"),
      ...done(`sdk.Log{msg: b${DATA}}`),
    ];
    expect(traced).toEqual([
      ...done("sdk.Ping"),
      ...done('sdk.Log{msg: b"hi"}'),
      ...['sdk.ReadKey{key: "foo"} +1 cap', `sdk.ReadKey -> ReadKeyReply{value: ${VALUE}}`],
      ...done(`sdk.WriteKey{key: "foo", value: ${VALUE}}`),
      ...done('sdk.WriteKey{key: "foo", value: b"123"}'),
      ...done('sdk.DeleteKey{key: "foo"}'),
      ...done("sdk.OneshotTimer{id: 0, durationMs: 100}"),
      ...done("sdk.PeriodicTimer{id: 1, durationMs: 75}"),
      ...["sdk.WaitForTimers +1 cap", "sdk.WaitForTimers -> WaitForTimersReply{mask: 0x11223344}"],
      ...cancelled("0x11223344"),
      ...["sdk.PollForTimers +1 cap", "sdk.PollForTimers -> PollForTimersReply{mask: 0xf5667788}"],
      ...cancelled("0xf5667788"),
      ...['sdk.OneshotModel{modelId: "m"} +1 cap', "sdk.OneshotModel -> OneshotModelReply{id: 31}"],
      ...["sdk.WaitForModel +1 cap", "sdk.WaitForModel -> WaitForModelReply{mask: 0x80000000}"],
      ...cancelled("0x80000000"),
      ...["sdk.PollForModels +1 cap", "sdk.PollForModels -> PollForModelsReply{mask: 0x80000001}"],
      ...cancelled("0x80000001"),
      ...output(5, 17, "None"),
      ...output(6, 18, "Some(0xdeadbeef)"),
      'sdk.PeriodicModel{modelId: "m", durationMs: 1000} +1 cap',
      "sdk.PeriodicModel -> PeriodicModelReply{id: 30}",
      ...done("sdk.CancelModel{id: 30}"),
      ...["sdk.Ping +1 cap", "sdk.Ping -> SDKInvalidBadge"],
      ...done('sdk.Log{msg: b"refused: 3"}'),
      // The recorder answers it, too.
      ...done("sdk.Exit{code: 7}"),
    ]);
    const names = new Set(traced.flatMap((text) => /^sdk\.(\w+)/.exec(text)?.[1] ?? []));
    expect([...names].sort()).toEqual(Object.keys(SdkRequest).sort());
  });

  it("decodes answers that come later, when a timer or a model is done", () => {
    const timers = tracedOf("timer", 1, {});
    const waited = timers.filter((text) => text.startsWith("sdk.WaitForTimers -> "));
    for (const mask of [1, 2])
      expect(waited).toContain(`sdk.WaitForTimers -> WaitForTimersReply{mask: ${mask}}`);
    expect(waited.filter((text) => !/WaitForTimersReply\{mask: \d\}$/.test(text))).toEqual([]);
    const models = tracedOf("mltest", 1, { flash: flashWithModels() });
    expect(models).toContain('sdk.OneshotModel{modelId: "xor.model"} +1 cap');
    expect(models).toContain("sdk.WaitForModel -> WaitForModelReply{mask: 0x80000000}");
    expect(models.find((text) => text.includes("GetModelOutput -> "))).toMatch(
      /^sdk\.GetModelOutput -> GetModelOutputReply\{output: \{jobnum: 0, returnCode: 0, epc: Some\(0\), data: \[00 01 01 00 64 00 /,
    );
  });
});
