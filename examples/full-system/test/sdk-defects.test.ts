import type { SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import type { Task } from "@cantrip/hosted";
import { SdkRequest, SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { type ApplicationMain, type Sdk, SdkError } from "@cantrip/sdk";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import type { TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { withApplications } from "./hosted-samples.ts";
import { sparrowWithOriginalSdk } from "./original-sdk-runtime.ts";
import { boot } from "./sparrow-session.ts";

/** Virtual seconds for a command that is answered at once. */
const SOON = 1;

type MakeSystem = () => SystemDescription;
const systems: { readonly ours: MakeSystem; readonly mutant: MakeSystem } = {
  ours: () => sparrow(),
  mutant: sparrowWithOriginalSdk,
};

function bootApps(
  makeSystem: MakeSystem,
  mains: Readonly<Record<string, ApplicationMain>>,
): TestSystem {
  return boot({ ...withApplications(mains), system: makeSystem() });
}

/** What a request is refused with; 0 when it is not. */
function* refusal(request: Task<unknown>): Task<number> {
  try {
    yield* request;
    return 0;
  } catch (error) {
    if (error instanceof SdkError) return error.code;
    throw error;
  }
}

function* waitLong(sdk: Sdk): Task<number> {
  yield* sdk.timerOneshot(0, 3_600_000);
  yield* sdk.log("waits");
  return yield* sdk.timerWait();
}

describe("the mutant", () => {
  it("serves applications as they expect it, but for the defects", () => {
    const seen: unknown[] = [];
    const session = bootApps(systems.mutant, {
      *user(sdk) {
        yield* sdk.ping();
        yield* sdk.writeKey("k", Uint8Array.of(7));
        seen.push((yield* sdk.readKey("k"))[0]);
        yield* sdk.deleteKey("k");
        seen.push(yield* refusal(sdk.readKey("k")));
        yield* sdk.timerPeriodic(5, 10);
        yield* sdk.timerOneshot(3, 15);
        seen.push(yield* sdk.timerWait(), yield* sdk.timerWait(), yield* sdk.timerWait());
        yield* sdk.timerCancel(5);
        seen.push(yield* sdk.timerWait());
        yield* sdk.log("done");
        return 0;
      },
    });
    session.command("start user", SOON);
    session.expectConsole("[user]::done\n", SOON);
    expect(session.command("stop user", SOON)).toContain("stopped.");
    expect(seen).toEqual([7, SdkRuntimeError.SDKReadKeyFailed, 1 << 5, 1 << 3, 1 << 5, 0]);
  });
});

describe("defects of CantripOS's SDK runtime, in a system", () => {
  defect(
    "12: an application that faults is Faulted",
    systems,
    (makeSystem) => {
      const session = boot({ system: makeSystem() });
      session.command("start suicide", SOON);
      session.advance(0.2);
      expect(session.command("status suicide", SOON)).toBe("suicide: Faulted\n");
    },
    /expected 'suicide: Running/,
  );

  defect(
    "12: an application that is done is Exited, with its code",
    systems,
    (makeSystem) => {
      const session = bootApps(makeSystem, {
        *leaves() {
          yield* [];
          return 44;
        },
      });
      session.command("start leaves", SOON);
      session.advance(0.2);
      expect(session.command("status leaves", SOON)).toBe("leaves: Exited(44)\n");
    },
    /expected 'leaves: Running/,
  );

  defect(
    "13: an application that waits keeps no other one waiting",
    systems,
    (makeSystem) => {
      let pings = 0;
      const session = bootApps(makeSystem, {
        waits: waitLong,
        *pings(sdk) {
          yield* sdk.log("begins");
          for (; ; pings++) yield* sdk.ping();
        },
      });
      session.command("start pings", SOON);
      session.expectConsole("[pings]::begins\n");
      session.command("start waits", SOON);
      session.expectConsole("[waits]::waits\n");
      session.advance(0.05);
      const before = pings;
      session.advance(0.05);
      expect(pings, "pings").toBeGreaterThan(before);
    },
    /pings: expected \d+ to be greater than/,
  );

  defect(
    "13: an application that waits can be stopped, and others be started",
    systems,
    (makeSystem) => {
      const session = bootApps(makeSystem, { waits: waitLong });
      session.command("start waits", SOON);
      session.expectConsole("[waits]::waits\n");
      session.advance(0.05);
      expect(session.command("start logtest", SOON)).toContain("started.");
      expect(session.command("stop waits", SOON)).toContain("stopped.");
    },
    /within 1 virtual seconds/,
  );

  defect(
    "14: an application has its timers, however many others have",
    systems,
    (makeSystem) => {
      const codes: Record<string, number[]> = { one: [], other: [] };
      const startAll = (name: string): ApplicationMain =>
        function* (sdk) {
          for (let id = 0; id < 31; id++)
            codes[name]?.push(yield* refusal(sdk.timerOneshot(id, 60_000)));
          // The first one is there, with its timers, while the second one starts its own.
          for (;;) yield* sdk.sel4.yield();
        };
      const session = bootApps(makeSystem, { one: startAll("one"), other: startAll("other") });
      for (const name of ["one", "other"]) {
        session.command(`start ${name}`, SOON);
        session.advance(0.1);
        expect(codes[name]?.filter((code) => code === 0)).toHaveLength(31);
      }
    },
    /expected \[ \+?0 \] to have a length of 31 but got 1/,
  );

  defect(
    "14: a second timer of an id is refused, and the first one expires",
    systems,
    (makeSystem) => {
      const codes: number[] = [];
      const session = bootApps(makeSystem, {
        *twice(sdk) {
          codes.push(yield* refusal(sdk.timerOneshot(3, 20)));
          codes.push(yield* refusal(sdk.timerOneshot(3, 5000)));
          codes.push(yield* sdk.timerWait());
          return 0;
        },
      });
      session.command("start twice", SOON);
      session.advance(0.2);
      expect(codes).toEqual([0, SdkRuntimeError.SDKTimerAlreadyExists, 1 << 3]);
    },
    /expected \[ \+?0, \+?0 \] to deeply equal/,
  );

  defect(
    "16: a request without a page is told as what it is",
    systems,
    (makeSystem) => {
      const codes: number[] = [];
      const session = bootApps(makeSystem, {
        *careless({ sel4, start }) {
          const withoutPage = messageInfo(SdkRequest.ReadKey, 0);
          codes.push(messageLabel(yield* sel4.call(start.endpoint, withoutPage)));
          return 0;
        },
      });
      session.command("start careless", SOON);
      session.advance(0.1);
      expect(codes).toEqual([SdkRuntimeError.SDKMapPageFailed]);
    },
    /expected \[ 7 \] to deeply equal \[ 8 \]/,
  );

  defect(
    "26: a value that is too long is refused, and stops nobody",
    systems,
    (makeSystem) => {
      const codes: number[] = [];
      const session = bootApps(makeSystem, {
        *careless(sdk) {
          codes.push(yield* refusal(sdk.writeKey("long", new Uint8Array(101))));
          codes.push(yield* refusal(sdk.ping()));
          return 0;
        },
      });
      session.command("start careless", SOON);
      session.advance(0.2);
      expect(codes).toEqual([SdkRuntimeError.SDKWriteKeyFailed, 0]);
    },
    /expected \[\] to deeply equal/,
  );
});
