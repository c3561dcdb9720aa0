import { type ComponentType, type SystemDescription } from "@cantrip/assembly";
import { bootSystem } from "@cantrip/assembly/riscv";
import {
  type BareSemaphore,
  type ComponentThread,
  emit,
  hasSignalled,
  pollNotification,
  rpcClient,
  serve,
  waitNotification,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { defineInterface } from "@cantrip/interfaces";
import { u32 } from "@cantrip/postcard";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";

const errors = { Success: 0, SerializeFailed: 1, DeserializeFailed: 2, UnknownError: 3 } as const;
/** Work that is done later: `Start` returns at once, the server signals, `Take` fetches what was done. */
const workInterface = defineInterface({
  name: "work",
  transport: "basic",
  requestSize: 32,
  requests: { Start: { payload: u32 }, Take: { reply: u32 } },
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
});

type Emit = typeof emit;

/** A server with a thread that works, and one that takes requests. */
function serverType(signal: Emit): ComponentType {
  interface State {
    readonly jobs: { readonly client: number; readonly value: number }[];
    readonly done: Map<number, number>;
    readonly pending: BareSemaphore;
  }
  return {
    name: "Server",
    provides: ["work"],
    semaphores: { pending: 0 },
    program: {
      name: "Server",
      create: (runtime): State => ({
        ...{ jobs: [], done: new Map<number, number>() },
        pending: runtime.semaphore("pending"),
      }),
      threads: {
        control: {
          *run(thread: ComponentThread, { jobs, done, pending }: State) {
            for (;;) {
              yield* pending.wait(thread.sel4);
              for (let turn = 0; turn < 10; turn++) yield* thread.sel4.yield();
              const job = jobs.shift();
              if (job === undefined) continue;
              done.set(job.client, (done.get(job.client) ?? 0) + job.value);
              yield* signal(thread, "work", job.client);
            }
          },
        },
        work: {
          run: (thread: ComponentThread, { jobs, done, pending }: State) =>
            serve(thread, "work", workInterface, {
              *Start(value, { badge }) {
                jobs.push({ client: badge, value });
                yield* pending.post(thread.sel4);
                return undefined;
              },
              *Take(_nothing, { badge }) {
                const sum = done.get(badge) ?? 0;
                done.delete(badge);
                return sum;
              },
            }),
        },
      },
    },
  };
}

function clientType(run: (thread: ComponentThread) => Task<void>): ComponentType {
  const uses = ["first", "second"];
  return {
    name: "Client",
    uses,
    threadless: uses,
    program: { name: "Client", create: () => ({}), threads: { control: { run } } },
  };
}

/** Two clients of two servers. */
function systemOf(
  bodies: readonly ((thread: ComponentThread) => Task<void>)[],
  signal: Emit = emit,
): SystemDescription {
  const clients = bodies.map(
    (body, index) => [`client${index}`, { type: clientType(body) }] as const,
  );
  return {
    name: "call-signal",
    kernel: cantrip,
    platform: "sparrow",
    components: {
      ...Object.fromEntries(clients),
      one: { type: serverType(signal) },
      two: { type: serverType(signal) },
    },
    connections: [
      {
        ...{ name: "first_rpc", connector: "cantripRPCCallSignal", to: "one.work" },
        from: clients.map(([name]) => `${name}.first`),
      },
      {
        ...{ name: "second_rpc", connector: "cantripRPCCallSignal", to: "two.work" },
        from: clients.map(([name]) => `${name}.second`),
      },
    ],
  };
}

function runAll(system: SystemDescription): string[] {
  const failures: string[] = [];
  const running = bootSystem({
    system,
    onConsole: () => undefined,
    onHostedError: ({ component, thread, message }) => {
      failures.push(`${component}.${thread}: ${message}`);
    },
  });
  running.run({ untilCycle: running.cyclesPerSecond });
  checkInvariants(running.kernel.state);
  return failures;
}

function* idle(): Task<void> {
  yield* [];
}

describe("cantripRPCCallSignal", () => {
  defect(
    "a client waits in the kernel until its server signals, and fetches what was done",
    {
      ours: emit,
      mutant: function* (): Task<void> {
        yield* [];
      },
    } satisfies Record<string, Emit>,
    (signal) => {
      const sums: number[] = [];
      const failures = runAll(
        systemOf(
          [
            function* (thread) {
              const work = rpcClient(thread, "first", workInterface);
              for (const value of [3, 40, 500]) {
                yield* work.call("Start", value);
                expect(yield* work.call("Take", undefined)).toBe(0);
                const badge = yield* waitNotification(thread, "first");
                expect(hasSignalled(thread, "first", badge)).toBe(true);
                expect(hasSignalled(thread, "second", badge)).toBe(false);
                sums.push(yield* work.call("Take", undefined));
              }
            },
            idle,
          ],
          signal,
        ),
      );
      expect(failures).toEqual([]);
      expect(sums).toEqual([3, 40, 500]);
    },
    /expected \[\] to deeply equal \[ 3, 40, 500 \]/,
  );

  it("has a poll that never waits, and tells the servers of a component apart", () => {
    const seen: string[] = [];
    const failures = runAll(
      systemOf([
        function* (thread) {
          const ends = ["first", "second"] as const;
          const poll = function* (): Task<string[]> {
            const badge = yield* pollNotification(thread, "first");
            return ends.filter((name) => hasSignalled(thread, name, badge));
          };
          expect(yield* poll()).toEqual([]);
          for (const name of ends) {
            const work = rpcClient(thread, name, workInterface);
            yield* work.call("Start", 1);
            for (let turn = 0; turn < 40; turn++) yield* thread.sel4.yield();
            seen.push((yield* poll()).join());
            // It was taken.
            seen.push((yield* poll()).join());
          }
          for (const name of ends) yield* rpcClient(thread, name, workInterface).call("Start", 1);
          for (let turn = 0; turn < 60; turn++) yield* thread.sel4.yield();
          seen.push((yield* poll()).join("+"));
        },
        function* (thread) {
          // It asked for nothing: the other's signals are not for it.
          for (let turn = 0; turn < 300; turn++) yield* thread.sel4.yield();
          expect(yield* pollNotification(thread, "first")).toBe(0);
          seen.push("other");
        },
      ]),
    );
    expect(failures).toEqual([]);
    expect(seen).toEqual(["first", "", "second", "", "first+second", "other"]);
  });

  it("refuses ends that have no notification, and signals nobody for a badge that is nobody's", () => {
    let isDone = false;
    const failures = runAll(
      systemOf([
        function* (thread) {
          expect(() => hasSignalled(thread, "third", 1)).toThrow(
            "client0.third has no notification",
          );
          yield* emit(thread, "first", 1);
          isDone = true;
        },
        idle,
      ]),
    );
    expect(failures).toEqual([]);
    expect(isDone).toBe(true);
  });
});
