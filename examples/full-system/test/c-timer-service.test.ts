import {
  buildBootImage,
  type ConnectionEnd,
  extendSystem,
  type SystemDescription,
  withComponent,
} from "@cantrip/assembly";
import { componentTypes, sparrow } from "@cantrip/assembly/cantrip";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import * as fc from "fast-check";
import { type TestSystem, bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { timerServiceElf, withTimerServiceInC } from "./c-timer-service.ts";
import { boot } from "./sparrow-session.ts";
import { sparrowWithTimerClient, type TimerClient, type TimerStep } from "./timer-client.ts";

const SEQUENCES = 60;
const SEED = 20261;

/** What was printed from the first byte on, and how long each command took in virtual microseconds. */
function transcriptOf(system: SystemDescription): { transcript: string; elapsed: number[] } {
  const session = bootSystem({ system, flash: makeFlash(builtinApplications()) });
  session.expectPrompt();
  session.advance(0.05);
  const elapsed: number[] = [];
  const commands = [
    ..."sleep 250|sleep 0|sleep 1|sleep|sleep soon|sleep 4294967296".split("|"),
    ..."test_timer_async 3 40|test_timer_async 3 40|test_timer_async 40 10".split("|"),
    ..."test_timer_async 31 0|sleep 100|test_timer_completed|test_timer_blocking 20".split("|"),
    ..."mstats|builtins|start hello|sleep 100|bundles|stop hello|capscan timer|mstats".split("|"),
  ];
  for (const command of commands) {
    const before = session.system.machine.timeMicroseconds;
    session.command(command);
    elapsed.push(session.system.machine.timeMicroseconds - before);
  }
  checkInvariants(session.system.kernel.state);
  // The root server tells the size of the files: stubs are smaller than machine code.
  const transcript = session.transcript.replace(/^.*:CAmkES components: 0\.0\d Mbytes\n/m, "");
  expect(transcript.length).toBeLessThan(session.transcript.length);
  return { transcript, elapsed };
}

/** What a client of the timer service saw. */
function outcomesOf(
  system: (body: (client: TimerClient) => Task<void>) => SystemDescription,
  sequences: readonly (readonly TimerStep[])[],
): readonly string[] {
  const outcomes: string[] = [];
  let isDone = false;
  const session = bootSystem({
    system: system(function* (client) {
      for (const sequence of sequences) {
        for (const step of sequence) outcomes.push(yield* client.perform(step));
        yield* client.reset();
      }
      isDone = true;
    }),
    flash: makeFlash(builtinApplications()),
  });
  session.system.run({ untilCycle: 200 * session.system.cyclesPerSecond, until: () => isDone });
  expect(isDone).toBe(true);
  checkInvariants(session.system.kernel.state);
  return outcomes;
}

// Timers last multiples of 10 ms and sleeps odd multiples of 5 ms: the microseconds that a request takes, which differ
// between machine code and TypeScript, decide nothing.
const timerId = fc.oneof(
  { weight: 9, arbitrary: fc.nat(5) },
  { weight: 1, arbitrary: fc.constantFrom(30, 32, 33, 0x8000_0001, 0xffff_ffff) },
);
const durationMs = fc.oneof(
  { weight: 9, arbitrary: fc.nat(6).map((tens) => tens * 10) },
  { weight: 1, arbitrary: fc.constantFrom(1_000_000, 0x7fff_ffff, 0xffff_ffff) },
);
const step: fc.Arbitrary<TimerStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("Oneshot" as const, "Periodic" as const),
      timerId,
      durationMs,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("Cancel" as const), timerId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      durationMs: fc.constantFrom(5, 15, 25),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("raw" as const),
      // Discriminants in longer and in overlong forms, unknown ones, and messages that end early. None takes the mask,
      // which may have a bit of a timer of no duration or not yet.
      words: fc.oneof(
        fc.constantFrom<readonly number[]>([], [1], [2, 0], [3], [5], [0xff], [0x0083, 0]),
        // A 33rd bit.
        fc.constant<readonly number[]>([0x8080_8083, 0x10, 0]),
        // Bits above the 64th are dropped; the 64th counts.
        fc.constantFrom(0x7e80, 0x7f80).map((end) => [0x8080_8083, 0x8080_8080, end, 0]),
        fc
          .tuple(
            fc.constantFrom(0x81, 0x83, 0x8080_8081, 0x8080_8083, 0xffff_ffff),
            fc.constantFrom(0, 0x0f80_8080, 0x8080_8080, 0x8080_8000, 0x0000_1080),
            fc.constantFrom(0, 0x0080, 0x7e80, 0x0180, 0x8080_8080),
          )
          .map((words) => [...words, 0, 0]),
      ),
    }),
  },
);

describe("the timer service in C", () => {
  it.each([cantrip, upstream])(
    "gives the console's transcript of the one in TypeScript, on $name",
    (kernel) => {
      // The threads in C have a mutex. With one, too, the other has the same slots and the same memory.
      const type = { ...componentTypes.timerService, mutexes: ["timers"] };
      const inTypeScript = transcriptOf(withComponent(sparrow(kernel), "timer_service", { type }));
      const inC = transcriptOf(withTimerServiceInC(sparrow(kernel)));
      expect(inC.transcript).toBe(inTypeScript.transcript);
      expect(inC.transcript).toContain(" bytes in-use");
      expect(inC.transcript).toContain("TimerAlreadyExists");
      expect(inC.transcript).toContain("NoSuchTimer");
      expect(inC.elapsed[0]).toBeGreaterThanOrEqual(250_000);
      inC.elapsed.forEach((us, index) => {
        expect(Math.abs(us - (inTypeScript.elapsed[index] ?? 0))).toBeLessThan(1000);
      });
    },
  );

  it("is machine code in the address space of the service", () => {
    const session = boot({ system: withTimerServiceInC() });
    const lines = session.command("ps").split("\n");
    const entries = lines.filter((line) => line.includes("timer_service")).map(instructionPointer);
    // Stubs of hosted threads are 16 bytes each.
    expect(entries).toHaveLength(2);
    for (const entry of entries) expect(entry).toBeGreaterThan(0x10020);
  });

  it("answers random requests of a client as the one in TypeScript does", () => {
    const sequences = fc.sample(fc.array(step, { minLength: 5, maxLength: 25 }), {
      numRuns: SEQUENCES,
      seed: SEED,
    });
    const inTypeScript = outcomesOf(sparrowWithTimerClient, sequences);
    const inC = outcomesOf((body) => withTimerServiceInC(sparrowWithTimerClient(body)), sequences);
    expect(inC).toEqual(inTypeScript);
    const report = new FuzzReport("timer requests");
    for (const text of inC) report.count(/^(Success$|mask)/.test(text) ? undefined : text);
    for (const what of ["NoSuchTimer", "TimerAlreadyExists", "UnknownError", "code 3, 0 words"]) {
      expect(report.refusals(what)).toBeGreaterThan(5);
    }
    report.finish();
    const masks = inC.filter((text) => text.startsWith("mask") && text !== "mask 80000000");
    expect(masks.length).toBeGreaterThan(20);
  });

  it("serves all 32 timers of a client, which expire together", () => {
    const sequence: TimerStep[] = Array.from({ length: 31 }, (_, timer) => ({
      kind: "Oneshot",
      timerId: timer,
      durationMs: 10,
    }));
    const outcomes = outcomesOf(
      (body) => withTimerServiceInC(sparrowWithTimerClient(body)),
      [[...sequence, { kind: "wait", durationMs: 15 }]],
    );
    expect(outcomes.at(-1)).toBe("mask ffffffff");
  });
});

describe("cut tests of the timer service in C", () => {
  /** Sparrow without the capabilities of some objects in one of its containers. */
  function without(container: string, object: RegExp): TestSystem {
    const system = withTimerServiceInC();
    const image = buildBootImage(system);
    const objects = image.spec.objects.map((each) =>
      each.name === container && "slots" in each
        ? {
            ...each,
            slots: each.slots.filter(
              ({ cap }) => cap.kind !== "object" || !object.test(cap.object),
            ),
          }
        : each,
    );
    expect(objects).not.toEqual(image.spec.objects);
    return boot({ system, image: buildBootImage(system, { spec: { ...image.spec, objects } }) });
  }

  it.each([
    ["the timer's interrupt", "timer_interrupt_timer_interrupt", /timer_interrupt_ntfn/],
    ["the notification that it waits on", "timer_service_cnode", /timer_interrupt_ntfn/],
    ["the notifications of its clients", "timer_service_cnode", /timer_rpc_.*global_endpoint/],
    ["the endpoint of its clients", "timer_service_cnode", /timer_rpc_ep/],
  ])("never wakes the console without %s", (_what, container, object) => {
    const session = without(container, object);
    expect(session.command("bundles")).toBe("");
    expect(() => session.command("sleep 250", 3)).toThrow("within 3 virtual seconds");
  });

  it("answers nobody when its code is damaged, and the console goes on until it asks", () => {
    const elf = timerServiceElf("cantrip");
    // The first instruction becomes an ebreak.
    elf.set([0x73, 0x00, 0x10, 0x00], 0x1000);
    const session = boot({ system: withTimerServiceInC(sparrow(), elf) });
    expect(session.command("bundles")).toBe("");
    expect(() => session.command("sleep 250", 3)).toThrow("within 3 virtual seconds");
  });

  it("says so when it has more clients than it has room for", () => {
    const system = withTimerServiceInC();
    const more = ["a", "b", "c"];
    const type = { name: "Idle", program: idle, uses: ["timer"], threadless: ["timer"] };
    const crowded = extendSystem(system, {
      components: Object.fromEntries(more.map((name) => [name, { type }])),
      join: { timer_rpc: more.map((name): ConnectionEnd => `${name}.timer`) },
    });
    const session = bootSystem({ system: crowded });
    session.expectPrompt();
    session.advance(0.05);
    expect(session.transcript).toContain("timer_service: has room for four clients\n");
  });
});

const idle = { name: "Idle", create: () => ({}), threads: {} };

function instructionPointer(line: string): number {
  return Number(/0x[0-9a-f]+/.exec(line)?.[0]);
}
