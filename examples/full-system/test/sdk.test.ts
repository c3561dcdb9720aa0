import { sparrow } from "@cantrip/assembly/cantrip";
import { type ComponentType, extendSystem } from "@cantrip/assembly";
import { RpcFailure, serve } from "@cantrip/camkes-rpc";
import { timerInterface, TimerServiceError } from "@cantrip/interfaces/timer";
import { measureSystem } from "@cantrip/assembly/riscv";
import { samples } from "@cantrip/example-apps/samples";
import type { Task } from "@cantrip/hosted";
import { SdkRequest, SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { type ApplicationMain, type Sdk, SdkError } from "@cantrip/sdk";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import type { TestOptions, TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { withApplications } from "./hosted-samples.ts";
import { boot, inUse } from "./sparrow-session.ts";

/** Interrupt of the timer that the timer service has. */
const TIMER_INTERRUPT = 31;

/** Memory, objects and slots that are in use; the memory manager keeps blocks that it has split. */
function holdings(session: TestSystem): unknown {
  const { kernelObjects, slots } = measureSystem(session.system);
  return { kernelObjects, slots: { ...slots, memory_manager: 0 }, inUse: inUse(session) };
}

/** Lines that an application has logged. */
function logOf(session: TestSystem, app: string): string[] {
  const start = `[${app}]::`;
  return session.transcript
    .split("\n")
    .map((line) => line.replace(/^CANTRIP> /, ""))
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length));
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

function sparrowTimerService(): ComponentType {
  const instance = sparrow().components["timer_service"];
  if (instance === undefined) throw new Error("sparrow has no timer service");
  return instance.type;
}

/** A timer service that refuses everything, as one does that does not know a request. */
const clockless: ComponentType = {
  ...sparrowTimerService(),
  program: {
    name: "clockless",
    create: () => undefined,
    threads: {
      timer: {
        *run(thread) {
          const refuse = function* (): Task<never> {
            yield* [];
            throw new RpcFailure(TimerServiceError.DeserializeFailed);
          };
          yield* serve(thread, "timer", timerInterface, {
            ...{ CompletedTimers: refuse, Oneshot: refuse, Periodic: refuse, Cancel: refuse },
            ...{ Capscan: refuse, Now: refuse, At: refuse },
          });
        },
      },
    },
  },
};

const bootApps = (
  mains: Readonly<Record<string, ApplicationMain>>,
  options: TestOptions = {},
): TestSystem => boot({ ...withApplications(mains), ...options });

describe.each([
  ["C", {}],
  ["TypeScript", withApplications(samples)],
] as const)("the samples in %s", (language, options) => {
  it("do what CantripOS's do, and leave nothing behind", () => {
    const session = boot(options);
    const before = holdings(session);
    const state = (name: string, seconds = 0.5): string => {
      session.command(`start ${name}`);
      session.advance(seconds);
      return session.command(`status ${name}`);
    };
    expect(state("logtest")).toBe("logtest: Exited(0)\n");
    expect(logOf(session, "logtest")).toEqual(["ping!", "DONE"]);
    expect(state("keyval")).toBe("keyval: Exited(0)\n");
    expect(logOf(session, "keyval")).toEqual([
      "read(foo) failed as expected",
      "write ok",
      `read returned [49, 50, 51, ${Array(97).fill("0").join(", ")}]`,
      "delete ok",
      "delete ok (for missing key)",
    ]);
    expect(state("panic")).toBe("panic: Exited(101)\n");
    expect(logOf(session, "panic")).toEqual(["Goodbye, cruel world"]);
    expect(state("suicide")).toBe("suicide: Faulted\n");
    expect(session.transcript).toContain(
      "Goodbye, cruel world!\n[suicide]::virtual-memory fault:\n",
    );
    expect(state("timer", 4)).toBe("timer: Exited(0)\n");
    const timer = logOf(session, "timer");
    expect(timer.filter((line) => line.includes("with nothing running")).length).toBeGreaterThan(2);
    expect(timer).toContain("Timer 0 completed");
    expect(timer.filter((line) => line.startsWith("Timer completed: mask 0b0010"))).toHaveLength(
      24,
    );
    expect(timer.filter((line) => line.startsWith("Timer completed: mask 0b0100"))).toHaveLength(7);
    expect(timer.at(-1)).toBe("DONE!");
    expect(state("fibonacci", 2)).toMatch(/fibonacci: Running\n/);
    expect(logOf(session, "fibonacci").length).toBeGreaterThan(15);
    session.command("stop fibonacci");
    expect(state("hello")).toBe(language === "C" ? "hello: Running\n" : "hello: Exited(0)\n");
    for (const name of ["suicide", "hello"]) session.command(`stop ${name}`);
    expect(holdings(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });
});

describe("timers of applications", () => {
  it("13: an application that waits keeps neither others nor the console waiting, and can be stopped", () => {
    const session = bootApps({
      *sleeper(sdk) {
        yield* sdk.timerOneshot(0, 3_600_000);
        yield* sdk.log("sleeps");
        return yield* sdk.timerWait();
      },
    });
    session.command("start sleeper");
    session.advance(0.1);
    session.command("stop sleeper");
    session.discardOutput();
    const before = holdings(session);
    session.command("start sleeper");
    session.expectConsole("[sleeper]::sleeps\n");
    session.advance(0.1);
    session.command("start logtest");
    session.advance(0.2);
    expect(session.command("status logtest")).toBe("logtest: Exited(0)\n");
    expect(session.command("bundles")).toBe("sleeper\n");
    expect(session.command("stop sleeper")).toBe('Bundle "sleeper" stopped.\n');
    expect(holdings(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("14: each application has 31 of its own, however many others have", () => {
    const all = function* (sdk: Sdk): Task<number> {
      for (let id = 0; id < 31; id++) yield* sdk.timerOneshot(id, 500 + id);
      let mask = 0;
      while (mask !== 0x7fff_ffff) mask = (mask | (yield* sdk.timerWait())) >>> 0;
      yield* sdk.log(`all ${mask.toString(16)}, then ${yield* sdk.timerWait()}`);
      return 7;
    };
    const session = bootApps({ one: all, two: all, three: all });
    const before = holdings(session);
    for (const name of ["one", "two", "three"]) session.command(`start ${name}`);
    session.advance(1);
    for (const name of ["one", "two", "three"]) {
      expect(logOf(session, name)).toEqual(["all 7fffffff, then 0"]);
      expect(session.command(`status ${name}`)).toBe(`${name}: Exited(7)\n`);
    }
    expect(holdings(session)).toEqual(before);
  });

  it("14: a second timer of an id is refused, and the first one is not lost", () => {
    const codes: number[] = [];
    const session = bootApps({
      *twice(sdk) {
        codes.push(yield* refusal(sdk.timerOneshot(3, 50)));
        codes.push(yield* refusal(sdk.timerOneshot(3, 5000)));
        codes.push(yield* refusal(sdk.timerPeriodic(3, 5000)));
        codes.push(yield* sdk.timerWait());
        codes.push(yield* refusal(sdk.timerCancel(3)), yield* refusal(sdk.timerCancel(31)));
        codes.push(
          yield* refusal(sdk.timerPeriodic(3, 0)),
          yield* refusal(sdk.timerOneshot(31, 1)),
        );
        return 0;
      },
    });
    session.command("start twice");
    session.advance(0.3);
    const { SDKTimerAlreadyExists, SDKInvalidTimer, SDKNoSuchTimer } = SdkRuntimeError;
    expect(codes).toEqual([
      ...[0, SDKTimerAlreadyExists, SDKTimerAlreadyExists, 1 << 3],
      ...[SDKInvalidTimer, SDKNoSuchTimer, SDKInvalidTimer, SDKNoSuchTimer],
    ]);
  });

  it("do not fire without the timer's interrupt", () => {
    const session = boot({ cutInterrupts: [TIMER_INTERRUPT] });
    session.command("start timer");
    session.advance(1);
    expect(logOf(session, "timer").at(-1)).toBe("Timer 0 started");
    expect(session.command("status timer")).toBe("timer: Running\n");
  });

  it("are refused by a runtime whose timer service has no clock", () => {
    const codes: number[] = [];
    const session = bootApps(
      {
        *asks(sdk) {
          codes.push(yield* refusal(sdk.timerOneshot(0, 1)), yield* sdk.timerWait());
          codes.push(yield* refusal(sdk.ping()));
          return 0;
        },
      },
      { system: extendSystem(sparrow(), { replace: { timer_service: { type: clockless } } }) },
    );
    session.command("start asks");
    session.advance(0.2);
    expect(codes).toEqual([SdkRuntimeError.SDKNoPlatformSupport, 0, 0]);
  });

  it("16, 26: what is wrong is told as what it is, and stops nobody", () => {
    const codes: number[] = [];
    const session = bootApps({
      *careless(sdk) {
        // No page comes with the call; the original's debug build panics.
        const withoutPage = messageInfo(SdkRequest.ReadKey, 0);
        codes.push(messageLabel(yield* sdk.sel4.call(sdk.start.endpoint, withoutPage)));
        // The original panics.
        codes.push(yield* refusal(sdk.writeKey("long", new Uint8Array(101))));
        codes.push(yield* refusal(sdk.readKey("long")), yield* refusal(sdk.deleteKey("long")));
        codes.push(yield* sdk.request(SdkRequest.Log, Uint8Array.of(1, 0xff)));
        codes.push(yield* sdk.request(SdkRequest.Log, new Uint8Array(2048).fill(0xff)));
        codes.push(yield* sdk.request(1000, new Uint8Array()), yield* refusal(sdk.ping()));
        return 0;
      },
    });
    session.command("start careless");
    session.advance(0.3);
    expect(codes).toEqual([
      ...[SdkRuntimeError.SDKMapPageFailed, SdkRuntimeError.SDKWriteKeyFailed],
      ...[SdkRuntimeError.SDKReadKeyFailed, 0, SdkRuntimeError.SDKInvalidString],
      ...[SdkRuntimeError.SDKDeserializeFailed, SdkRuntimeError.SDKUnknownRequest, 0],
    ]);
    expect(session.command("status careless")).toBe("careless: Exited(0)\n");
  });

  it("12: Exit is the end: what comes after it is not executed, and the code has one byte", () => {
    const session = bootApps({
      *leaves(sdk) {
        yield* sdk.exit(300);
        yield* sdk.log("still here");
        return 0;
      },
    });
    session.command("start leaves");
    session.advance(0.2);
    expect(session.command("status leaves")).toBe("leaves: Exited(44)\n");
    expect(logOf(session, "leaves")).toEqual([]);
  });
});

describe("the log of applications", () => {
  it("cannot be flooded: there is a line that says how many messages were dropped", () => {
    const total = 3000;
    const session = bootApps({
      *chatty(sdk) {
        for (let line = 0; line < total; line++) yield* sdk.log(`line ${line}`);
        yield* sdk.timerOneshot(0, 1500);
        yield* sdk.timerWait();
        yield* sdk.log("quiet now");
        return 0;
      },
    });
    session.command("start chatty");
    session.advance(20);
    const lines = logOf(session, "chatty");
    const dropped = lines.flatMap(
      (line) => /^(\d+) log messages were dropped$/.exec(line)?.[1] ?? [],
    );
    expect(dropped.length).toBeGreaterThan(0);
    const logged = lines.filter((line) => line.startsWith("line ")).length;
    expect(logged + dropped.reduce((sum, count) => sum + Number(count), 0)).toBe(total);
    expect(logged).toBeLessThan(total / 2);
    expect(lines.at(-1)).toBe("quiet now");
    expect(session.command("status chatty")).toBe("chatty: Exited(0)\n");
  });

  it("cannot be flooded with messages that look like faults: who sent one is Faulted, and is served no more", () => {
    let sent = 0;
    let hasAnswer = false;
    const session = bootApps({
      *forger(sdk) {
        for (; sent < 1000; sent++) yield* sdk.sel4.send(sdk.start.endpoint, messageInfo(3, 0));
        yield* sdk.ping();
        hasAnswer = true;
        return 0;
      },
    });
    session.command("start forger");
    session.advance(2);
    expect(sent).toBe(1000);
    expect(logOf(session, "forger")).toHaveLength(1);
    expect(session.command("status forger")).toBe("forger: Faulted\n");
    expect(hasAnswer).toBe(false);
    expect(session.command("stop forger")).toContain("stopped.");
  });
});
