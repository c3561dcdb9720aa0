import { checkSystem, type ComponentType, type SystemDescription } from "@cantrip/assembly";
import { bootSystem } from "@cantrip/assembly/riscv";
import {
  type ComponentThread,
  Dataport,
  emit,
  rpcClient,
  serve,
  serveInterrupts,
  serveShared,
  type SharedHandlers,
  waitNotification,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { DeviceDescription } from "@cantrip/hw-riscv";
import { defineInterface } from "@cantrip/interfaces";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

const BASE = 0x54200000;
const INTERRUPTS = [20, 21, 22] as const;
const LINES = ["ring", "knock", "shout"] as const;

/** A device whose lines are what is written to it, as bits. */
const bells: DeviceDescription = {
  ...{ name: "bells", base: BASE, size: 0x1000, interrupts: [...INTERRUPTS] },
  create({ interrupts }) {
    let lines = 0;
    return {
      read: () => lines,
      write(_offset, value) {
        lines = value;
        interrupts.forEach((line, index) => {
          line.set((lines & (1 << index)) !== 0);
        });
      },
    };
  },
};

const bellsType: ComponentType = {
  ...{ name: "Bells", hardware: true, dataports: ["registers"], emits: [...LINES] },
};

const errors = { Success: 0, SerializeFailed: 1, DeserializeFailed: 2, UnknownError: 3 } as const;
const tickInterface = defineInterface({
  name: "tick",
  transport: "basic",
  requestSize: 16,
  requests: { Signal: {} },
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
});

/** Signals whoever asks for it. */
const ticker: ComponentType = {
  name: "Ticker",
  provides: ["tick"],
  program: {
    name: "Ticker",
    create: () => ({}),
    threads: {
      tick: {
        run: (thread: ComponentThread) =>
          serve(thread, "tick", tickInterface, {
            *Signal(_nothing, { badge }) {
              yield* emit(thread, "tick", badge);
              return undefined;
            },
          }),
      },
    },
  },
};

type Body = (thread: ComponentThread) => Task<void>;

/** Waits for two interrupt interfaces (`door`: ring and knock, `street`: shout) and the ticker; thread `script` makes them come. */
function listenerType(control: Body, script: Body, more: Partial<ComponentType>): ComponentType {
  return {
    name: "Listener",
    dataports: ["registers"],
    consumes: ["door", "street"],
    uses: ["tick"],
    provides: ["script"],
    ...more,
    program: {
      name: "Listener",
      create: () => ({}),
      threads: { control: { run: control }, script: { run: script } },
    },
  };
}

function systemOf(listener: ComponentType): SystemDescription {
  const starter: ComponentType = {
    ...{ name: "Starter", uses: ["script"] },
    program: { name: "Starter", create: () => ({}), threads: {} },
  };
  const [ring, knock, shout] = INTERRUPTS;
  return {
    name: "shared-threads",
    kernel: cantrip,
    platform: "sparrow",
    components: {
      bells: {
        type: bellsType,
        memory: { registers: { paddr: BASE, size: 0x1000 } },
        interrupts: { ring, knock, shout },
      },
      starter: { type: starter },
      listener: { type: listener },
      ticker: { type: ticker },
    },
    connections: [
      {
        ...{ name: "bells_registers", connector: "cantripMMIO" },
        ...{ from: ["listener.registers"], to: "bells.registers" },
      },
      {
        ...{ name: "door_irq", connector: "cantripIRQ" },
        ...{ from: ["bells.ring", "bells.knock"], to: "listener.door" },
      },
      {
        ...{ name: "street_irq", connector: "cantripIRQ" },
        ...{ from: ["bells.shout"], to: "listener.street" },
      },
      {
        ...{ name: "tick_rpc", connector: "cantripRPCCallSignal" },
        ...{ from: ["listener.tick"], to: "ticker.tick" },
      },
      {
        ...{ name: "script_rpc", connector: "cantripRPCCall" },
        ...{ from: ["starter.script"], to: "listener.script" },
      },
    ],
  };
}

/** Every interface on the control thread. */
const together = { sharedThreads: { control: ["door", "street", "tick"] } };

function run(listener: ComponentType): { readonly failures: string[]; readonly threads: string[] } {
  const failures: string[] = [];
  const running = bootSystem({
    system: systemOf(listener),
    devices: [bells],
    onConsole: () => undefined,
    onHostedError: ({ component, thread, message }) => {
      failures.push(`${component}.${thread}: ${message}`);
    },
  });
  running.run({ untilCycle: running.cyclesPerSecond });
  checkInvariants(running.kernel.state);
  const threads: string[] = [];
  for (let tcb = running.kernel.state.debugThreads; tcb !== null; tcb = tcb.debugNext)
    if (tcb.name.includes("listener")) threads.push(tcb.name);
  return { failures, threads };
}

/** Counts what comes, and lowers the lines. */
function handlersOf(thread: ComponentThread, seen: Map<string, number>): SharedHandlers {
  const registers = new Dataport(thread, "registers");
  const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
  const line = (index: number) =>
    function* (): Task<boolean> {
      count(LINES[index] ?? "");
      registers.store32(0, registers.load32(0) & ~(1 << index));
      // The handler may wait, and more may come meanwhile.
      yield* thread.sel4.yield();
      return true;
    };
  return {
    door: { ring: line(0), knock: line(1) },
    street: { shout: line(2) },
    *tick() {
      count("tick");
      yield* [];
    },
  };
}

/** Lines raised at once, as bits, or a signal. */
type Event = number | "tick";

function* play(thread: ComponentThread, events: readonly Event[]): Task<void> {
  const registers = new Dataport(thread, "registers");
  const tick = rpcClient(thread, "tick", tickInterface);
  for (const event of events) {
    if (event === "tick") yield* tick.call("Signal", undefined);
    else registers.store32(0, event);
    for (let turn = 0; turn < 20; turn++) yield* thread.sel4.yield();
  }
}

type Serve = (thread: ComponentThread, handlers: SharedHandlers) => Task<void>;

const ours: Serve = serveShared;
/** A mutant: takes one interface for all that there is. */
const serveDoorAlone: Serve = function* (thread, handlers) {
  const { notification, sources } = thread.birth.interrupts["door"] ?? {
    notification: 0,
    sources: [],
  };
  const door = handlers["door"];
  for (;;) {
    const badge = yield* thread.sel4.wait(notification);
    for (const { name, mask, handler } of sources) {
      if ((badge & mask) === 0 || typeof door !== "object") continue;
      if (yield* door[name]?.() ?? []) yield* thread.sel4.irqHandler.ack(handler);
    }
  }
};

describe("a thread that several interfaces share", () => {
  defect(
    "serves the interrupts and signals of all of them, whichever come",
    { ours, mutant: serveDoorAlone },
    (serveAll) => {
      const report = new FuzzReport("shared thread");
      fc.assert(
        fc.property(
          fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant("tick" as const)), {
            ...{ minLength: 1, maxLength: 15 },
          }),
          (events) => {
            const seen = new Map<string, number>();
            const listener = listenerType(
              (thread) => serveAll(thread, handlersOf(thread, seen)),
              (thread) => play(thread, events),
              together,
            );
            const { failures, threads } = run(listener);
            expect(failures).toEqual([]);
            expect(threads).toHaveLength(2);
            const times = (is: (event: Event) => boolean): number => events.filter(is).length;
            const expected = [
              ...LINES.map((name, index) => [
                name,
                times((event) => event !== "tick" && (event & (1 << index)) !== 0),
              ]),
              ["tick", times((event) => event === "tick")],
            ].filter(([, count]) => count !== 0);
            expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
            report.succeeded([...seen.values()].reduce((sum, count) => sum + count, 0));
          },
        ),
        { numRuns: 25 },
      );
      report.finish();
    },
    /Property failed/,
  );

  it("may be an interface's; the others have threads of their own", () => {
    const seen = new Map<string, number>();
    const other: string[] = [];
    const listener = listenerType(
      function* (thread) {
        yield* waitNotification(thread, "tick");
        other.push("tick");
      },
      (thread) => play(thread, [3, 4, "tick"]),
      { sharedThreads: { door: ["door", "street"] }, threadless: ["tick"] },
    );
    const program = {
      name: "Listener",
      create: () => ({}),
      threads: {
        ...listener.program?.threads,
        door: {
          run(thread: ComponentThread) {
            const { door = {}, street = {} } = handlersOf(thread, seen);
            return serveShared(thread, { door, street });
          },
        },
      },
    };
    const { failures, threads } = run({ ...listener, program });
    expect(failures).toEqual([]);
    expect(Object.fromEntries(seen)).toEqual({ ring: 1, knock: 1, shout: 1 });
    expect(other).toEqual(["tick"]);
    expect(threads).toHaveLength(3);
  });

  it("is the only way to wait for them: anything else would lose the others' signals", () => {
    const refused: string[] = [];
    const listener = listenerType(
      function* (thread) {
        const attempts: readonly (() => Task<unknown>)[] = [
          () => serveInterrupts(thread, "door", {}),
          () => waitNotification(thread, "tick"),
          () => serveShared(thread, { registers: {} }),
        ];
        for (const attempt of attempts) {
          try {
            yield* attempt();
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            refused.push(error.message);
          }
        }
      },
      function* (thread) {
        try {
          yield* serveShared(thread, {});
        } catch (error) {
          refused.push(String(error));
        }
      },
      together,
    );
    expect(run(listener).failures).toEqual([]);
    const shares = 'shares the thread "control" with others: serveShared waits for all of them';
    expect(refused.toSorted()).toEqual([
      "RangeError: listener.script has no interfaces to share",
      'listener.control does not wait for "registers"; it does for door, street, tick',
      `listener.door ${shares}`,
      `listener.tick ${shares}`,
    ]);
  });

  it("has its mistakes reported at once, before anything boots", () => {
    const nothing: Body = function* () {
      yield* [];
    };
    const system = systemOf(
      listenerType(nothing, nothing, {
        sharedThreads: {
          control: ["door", "door", "registers"],
          script: ["door"],
          nowhere: ["street"],
          door: [],
        },
      }),
    );
    expect(checkSystem(system).map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'listener: shared thread "control" has "door" twice',
      'listener: shared thread "control": "registers" is neither consumed nor used over cantripRPCCallSignal',
      'listener: shared threads "control" and "script" both wait for "door"',
      'listener: shared thread "nowhere", which does not exist; known: control, tick, script',
      'listener: shared thread "door", which does not exist; known: control, tick, script',
      'listener: shared thread "door" waits for nothing',
    ]);
  });
});
