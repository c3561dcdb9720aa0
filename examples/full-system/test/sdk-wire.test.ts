import { readFileSync } from "node:fs";
import { makeFlash, packApplication } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import { type Sdk, SdkError } from "@cantrip/sdk";
import type { TestOptions } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { withApplications } from "./hosted-samples.ts";
import { type Asked, sparrowWithRecorder } from "./sdk-recorder.ts";
import { SDK_EXCHANGES } from "./sdk-table.ts";
import { boot } from "./sparrow-session.ts";

const IN_C = new URL("../../../packages/sdk/test/c/all-requests.elf", import.meta.url);

/** What `all-requests.c` does. */
function* allRequests(sdk: Sdk): Task<number> {
  yield* sdk.ping();
  yield* sdk.log("hi");
  yield* sdk.writeKey("foo", yield* sdk.readKey("foo"));
  yield* sdk.writeKey("foo", Uint8Array.of(0x31, 0x32, 0x33));
  yield* sdk.deleteKey("foo");
  yield* sdk.timerOneshot(0, 100);
  yield* sdk.timerPeriodic(1, 75);
  yield* sdk.timerCancel(yield* sdk.timerWait());
  yield* sdk.timerCancel(yield* sdk.timerPoll());
  const id = yield* sdk.modelOneshot("m");
  yield* sdk.timerCancel(yield* sdk.modelWait());
  yield* sdk.timerCancel(yield* sdk.modelPoll());
  for (let run = 0; run < 2; run++) {
    const { jobnum, returnCode, epc, data } = yield* sdk.modelOutput(id);
    yield* sdk.timerOneshot(jobnum, returnCode);
    yield* sdk.timerCancel(epc ?? 0);
    yield* sdk.log(String.fromCharCode(...data));
  }
  yield* sdk.modelCancel(yield* sdk.modelPeriodic("m", 1000));
  try {
    yield* sdk.ping();
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    yield* sdk.log(`refused: ${error.code}`);
  }
  return 7;
}

/** What a program that is called `all` asks a runtime that answers from the table. */
function askedBy(program: TestOptions, table = SDK_EXCHANGES): Asked[] {
  const asked: Asked[] = [];
  const session = boot({ ...program, system: sparrowWithRecorder(table, asked) });
  session.command("start all");
  session.advance(0.5);
  return asked;
}

const expected = SDK_EXCHANGES.map(({ request, bytes }) => ({ request, bytes }));
const inC = (): TestOptions => ({
  flash: makeFlash([packApplication("all", readFileSync(IN_C))]),
});

describe("the requests of the SDK", () => {
  it("have CantripOS's bytes from the library in C", () => {
    expect(askedBy(inC())).toEqual(expected);
  });

  it("have the same bytes from the library in TypeScript", () => {
    expect(askedBy(withApplications({ all: allRequests }))).toEqual(expected);
  });

  it("pass on what they are answered: another answer makes other requests", () => {
    const other = SDK_EXCHANGES.map((exchange) =>
      exchange.request === "WaitForTimers" ? { ...exchange, reply: "01020304" } : exchange,
    );
    for (const program of [inC(), withApplications({ all: allRequests })])
      expect(askedBy(program, other)[9]).toEqual({ request: "CancelTimer", bytes: "01020304" });
  });
});
