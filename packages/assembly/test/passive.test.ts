import { type ComponentType, type SystemDescription } from "@cantrip/assembly";
import { bootSystem, type RunningSystem } from "@cantrip/assembly/riscv";
import { type ComponentThread, ReplyWithCap, rpcClient, serve } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { timerInterface } from "@cantrip/interfaces/timer";
import { cantrip } from "@cantrip/sel4-config";
import { CapRights } from "@cantrip/sel4-sys";
import { checkInvariants, type Tcb } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";

const CALLS = 500;

interface World {
  readonly system: RunningSystem;
  readonly done: {
    timers: number;
    endpoints: number;
    isReady: boolean;
    rounds: number;
    /** Times that a handler found the mutex taken. */
    waits: number;
  };
}

function* nothing(): Task<undefined> {
  return undefined;
}

/** A client that calls two interfaces of a server, which counts. */
function worldOf(passive: readonly string[]): World {
  const done = { timers: 0, endpoints: 0, isReady: false, rounds: 0, waits: 0 };
  const server: ComponentType = {
    name: "Server",
    provides: ["timer", "sdk_manager"],
    passive,
    mutexes: ["count"],
    cnodeHeadroom: 16,
    program: {
      name: "Server",
      create: () => ({ count: 0 }),
      threads: {
        control: {
          *run({ sel4, runtime }: ComponentThread) {
            done.isReady = true;
            // With time of its own it keeps those waiting that serve on others'.
            for (let round = 0; round < 50; round++) {
              yield* runtime.mutex("count").lock(sel4);
              for (let turn = 0; turn < 5; turn++) yield* sel4.yield();
              yield* runtime.mutex("count").unlock(sel4);
              yield* sel4.yield();
            }
            done.rounds = 50;
          },
        },
        timer: {
          *run(thread: ComponentThread, state: { count: number }) {
            yield* serve(thread, "timer", timerInterface, {
              *CompletedTimers() {
                // A handler may give up its caller's time slice, and wait.
                if (state.count % 7 === 0) yield* thread.sel4.yield();
                const mutex = thread.runtime.mutex("count");
                if (!mutex.tryLock(thread.sel4)) {
                  done.waits++;
                  yield* mutex.lock(thread.sel4);
                }
                state.count++;
                yield* mutex.unlock(thread.sel4);
                return { timerMask: state.count };
              },
              *Now() {
                yield* nothing();
                return { ticks: 0 };
              },
              ...{
                Oneshot: nothing,
                Periodic: nothing,
                Cancel: nothing,
                Capscan: nothing,
                At: nothing,
              },
            });
          },
        },
        sdk_manager: {
          *run(thread: ComponentThread) {
            yield* serve(thread, "sdk_manager", sdkManagerInterface, {
              *GetEndpoint() {
                const { sel4, runtime, birth } = thread;
                const slot = runtime.slots.alloc() ?? 0;
                const at = (index: number) => ({ root: runtime.selfCNode, index, depth: 32 });
                yield* sel4.cnode.copy(at(slot), at(birth.preInit), CapRights.ReadWrite);
                return new ReplyWithCap(undefined, slot);
              },
              ...{
                ReleaseEndpoint: nothing,
                Capscan: nothing,
                Watch: nothing,
                AllowModel: nothing,
              },
              *Events() {
                return { events: [], hasMore: false };
              },
            });
          },
        },
      },
    },
  };
  const client: ComponentType = {
    name: "Client",
    uses: ["timer", "sdk_manager"],
    cnodeHeadroom: 16,
    program: {
      name: "Client",
      create: () => ({}),
      threads: {
        control: {
          *run(thread: ComponentThread) {
            const timer = rpcClient(thread, "timer", timerInterface);
            const manager = rpcClient(thread, "sdk_manager", sdkManagerInterface);
            for (let call = 1; call <= CALLS; call++) {
              const { timerMask } = yield* timer.call("CompletedTimers", undefined);
              if (timerMask === call) done.timers++;
              if (call % 10 !== 0) continue;
              const slot = thread.runtime.slots.alloc() ?? 0;
              yield* manager.call("GetEndpoint", "x", { receiveSlot: slot });
              const path = { root: thread.runtime.selfCNode, index: slot, depth: 32 };
              yield* thread.sel4.cnode.delete(path);
              thread.runtime.slots.free(slot);
              done.endpoints++;
            }
          },
        },
      },
    },
  };
  const description: SystemDescription = {
    name: "passive",
    kernel: cantrip,
    platform: "sparrow",
    components: { client: { type: client }, server: { type: server } },
    connections: [
      {
        ...{ name: "timer_rpc", connector: "cantripRPCCall" },
        ...{ from: ["client.timer"], to: "server.timer" },
      },
      {
        ...{ name: "sdk_rpc", connector: "cantripRPCCall" },
        ...{ from: ["client.sdk_manager"], to: "server.sdk_manager" },
      },
    ],
  };
  const system = bootSystem({ system: description, onConsole: () => undefined });
  return { system, done };
}

function threadNamed({ kernel }: RunningSystem, name: string): Tcb {
  for (let tcb = kernel.state.debugThreads; tcb !== null; tcb = tcb.debugNext)
    if (tcb.name.includes(name)) return tcb;
  throw new Error(`no thread ${name}`);
}

describe("25: a passive interface", () => {
  it.each([[["timer", "sdk_manager"]], [["timer"]], [[]]])(
    "of %j is served on its callers' time, capabilities and all",
    (passive) => {
      const { system, done } = worldOf(passive);
      system.run({ untilCycle: 2 * system.cyclesPerSecond });
      const { waits, ...others } = done;
      expect(others).toEqual({
        ...{ timers: CALLS, endpoints: CALLS / 10, isReady: true, rounds: 50 },
      });
      expect(waits).toBeGreaterThan(0);
      for (const name of ["timer", "sdk_manager"]) {
        const { schedContext } = threadNamed(system, `server_${name}`);
        expect(schedContext === null, name).toBe(passive.includes(name));
      }
      checkInvariants(system.kernel.state);
    },
  );
});
