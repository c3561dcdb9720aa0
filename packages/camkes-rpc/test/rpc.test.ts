import {
  type ComponentBirth,
  ComponentRuntime,
  ComponentThread,
  emit,
  type Handlers,
  ReplyWithCap,
  rpcClient,
  RpcError,
  RpcFailure,
  serve,
  type ServeOptions,
  waitNotification,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import { memoryInterface, MemoryManagerError } from "@cantrip/interfaces/memory";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { timerInterface, TimerServiceError } from "@cantrip/interfaces/timer";
import { describe, expect, it } from "vitest";
import { birthOf } from "./birth-of.ts";
import { FakeSystem } from "./fake-system.ts";

const CLIENT_BUFFER = 0x1000;
const SERVER_BUFFER = 0x2000;
const CLIENT_PAGE = 0x10000;
const ENDPOINT = 500;
const REPLY = 21;
const PARAMETERS = 40;

interface Pair {
  readonly system: FakeSystem;
  readonly server: ComponentBirth;
  readonly client: ComponentBirth;
}

/** A server `s` and a client `c` with badge 3, over slots 20 (endpoint), 21 (reply) and 30 (client's endpoint). */
function connect(name: string, isShared: boolean): Pair {
  const system = new FakeSystem();
  system.caps.set(2, { kind: "cnode", object: 2, badge: 0 });
  const server = birthOf("s", { control: SERVER_BUFFER }, 100, {
    servers: {
      [name]: {
        endpoint: system.endpoint(20, ENDPOINT),
        reply: system.reply(REPLY, REPLY),
        sharedPages: isShared ? { "3": CLIENT_PAGE } : {},
        clients: {},
        notifications: { "3": system.notification(22, 600, 4) },
      },
    },
  });
  const client = birthOf("c", { control: CLIENT_BUFFER }, 200, {
    clients: {
      [name]: {
        endpoint: system.endpoint(30, ENDPOINT, 3),
        notification: system.notification(31, 600),
        ...(isShared ? { sharedPage: CLIENT_PAGE } : {}),
      },
    },
  });
  return { system, server, client };
}

/** Runs a server and a client until both wait or are done. */
function runPair<I extends InterfaceDefinition>(
  { system, server, client }: Pair,
  definition: I,
  makeHandlers: (thread: ComponentThread) => Handlers<I>,
  body: (thread: ComponentThread) => Task<void>,
  options: ServeOptions = {},
): ComponentThread {
  const serverRuntime = new ComponentRuntime(server);
  let serverThread: ComponentThread | undefined;
  const name = Object.keys(server.servers)[0] ?? "";
  system.addThread(SERVER_BUFFER, (context) => {
    serverThread = new ComponentThread("control", serverRuntime, context);
    return serve(serverThread, name, definition, makeHandlers(serverThread), options);
  });
  const clientRuntime = new ComponentRuntime(client);
  system.addThread(CLIENT_BUFFER, (context) =>
    body(new ComponentThread("control", clientRuntime, context)),
  );
  system.run();
  if (serverThread === undefined) throw new Error("no server");
  return serverThread;
}

function* nothing(): Task<undefined> {
  return undefined;
}

const idleTimer: Handlers<typeof timerInterface> = {
  *CompletedTimers() {
    return { timerMask: 1 };
  },
  Oneshot: nothing,
  Periodic: nothing,
  Cancel: nothing,
  Capscan: nothing,
  *Now() {
    return { ticks: 0 };
  },
  At: nothing,
};

describe("the basic transport", () => {
  it("has CantripOS's bytes and lengths", () => {
    const pair = connect("timer", false);
    let mask = -1;
    runPair(
      pair,
      timerInterface,
      () => idleTimer,
      function* (thread) {
        const timer = rpcClient(thread, "timer", timerInterface);
        yield* timer.call("Oneshot", { timerId: 0, durationMs: 100 });
        mask = (yield* timer.call("CompletedTimers", undefined)).timerMask;
      },
    );
    const [oneshot, oneshotReply, completed, completedReply] = pair.system.messages;
    expect(oneshot).toEqual({
      object: ENDPOINT,
      badge: 3,
      label: 0,
      length: 3,
      bytes: [1, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0],
    });
    // An empty reply is behind the request's 128 bytes, with no bytes of its own.
    expect(oneshotReply).toMatchObject({ label: 0, length: 32 });
    expect(completed).toMatchObject({ length: 1, bytes: [0, 0, 0, 0] });
    expect(completedReply?.length).toBe(33);
    expect(completedReply?.bytes.slice(128)).toEqual([1, 0, 0, 0]);
    expect(mask).toBe(1);
  });

  it("gives handlers the value and the badge", () => {
    const seen: unknown[] = [];
    runPair(
      connect("timer", false),
      timerInterface,
      () => ({
        ...idleTimer,
        *Cancel(value, caller) {
          seen.push(value, caller);
          return yield* nothing();
        },
      }),
      function* (thread) {
        yield* rpcClient(thread, "timer", timerInterface).call("Cancel", 3);
      },
    );
    expect(seen).toEqual([3, { badge: 3, cap: undefined }]);
  });

  it("answers a refusal with its code and no words", () => {
    const pair = connect("timer", false);
    let caught: unknown;
    runPair(
      pair,
      timerInterface,
      () => ({
        ...idleTimer,
        *Cancel() {
          throw new RpcFailure(TimerServiceError.NoSuchTimer);
        },
      }),
      function* (thread) {
        try {
          yield* rpcClient(thread, "timer", timerInterface).call("Cancel", 3);
        } catch (error) {
          caught = error;
        }
      },
    );
    expect(pair.system.messages[1]).toMatchObject({ label: 1, length: 0 });
    expect(caught).toBeInstanceOf(RpcError);
    expect(caught).toMatchObject({ code: 1, errorName: "NoSuchTimer", request: "Cancel" });
  });

  it("answers another error with the interface's unknown error, and goes on", () => {
    const codes: number[] = [];
    const logged: string[] = [];
    runPair(
      connect("timer", false),
      timerInterface,
      () => ({
        ...idleTimer,
        *Cancel() {
          throw new TypeError("oops");
        },
      }),
      function* (thread) {
        const timer = rpcClient(thread, "timer", timerInterface);
        for (let round = 0; round < 2; round++) {
          try {
            yield* timer.call("Cancel", 3);
          } catch (error) {
            codes.push(error instanceof RpcError ? error.code : -1);
          }
        }
      },
      {
        *onError(request, error) {
          logged.push(`${request}: ${String(error)}`);
          yield* nothing();
        },
      },
    );
    expect(codes).toEqual([TimerServiceError.UnknownError, TimerServiceError.UnknownError]);
    expect(logged[0]).toBe("Cancel: TypeError: oops");
  });

  it("answers what it cannot decode with DeserializeFailed", () => {
    const pair = connect("timer", false);
    const labels: number[] = [];
    runPair(
      pair,
      timerInterface,
      () => idleTimer,
      function* ({ sel4 }) {
        sel4.setMessageRegister(0, 0x99);
        labels.push((yield* sel4.call(30, 1)) >>> 12);
        labels.push((yield* sel4.call(30, 0)) >>> 12);
      },
    );
    expect(labels).toEqual([3, 3]);
  });

  it("refuses a request that does not fit, in the client", () => {
    const pair = connect("proc_ctrl", false);
    let caught: unknown;
    runPair(
      pair,
      processControlInterface,
      () => ({
        Start: nothing,
        Stop: nothing,
        *GetRunningBundles() {
          return { bundleIds: Array.from({ length: 40 }, (_, index) => `bundle-number-${index}`) };
        },
        *GetBundleState() {
          return { bundleState: { type: "Stopped" as const } };
        },
        CapScan: nothing,
        *GetBundleFault() {
          return { fault: undefined };
        },
        CapScanBundle: nothing,
      }),
      function* (thread) {
        const process = rpcClient(thread, "proc_ctrl", processControlInterface);
        try {
          yield* process.call("Start", "x".repeat(127));
        } catch (error) {
          caught = error;
        }
        expect(caught).toMatchObject({ errorName: "SerializeError" });
        try {
          yield* process.call("GetRunningBundles", undefined);
        } catch (error) {
          caught = error;
        }
      },
    );
    expect(caught).toMatchObject({ errorName: "SerializeError", request: "GetRunningBundles" });
    // Only the second request was sent.
    expect(pair.system.messages).toHaveLength(2);
  });
});

describe("the shared transport", () => {
  const handlers: Handlers<typeof memoryInterface> = {
    Alloc: nothing,
    Free: nothing,
    *Stats() {
      return {
        value: {
          allocatedBytes: 1,
          freeBytes: 2 ** 33,
          totalRequestedBytes: 3,
          overheadBytes: 4,
          allocatedObjs: 5,
          totalRequestedObjs: 6,
          untypedSlabTooSmall: 7,
          outOfMemory: 8,
        },
      };
    },
    Debug: nothing,
    Capscan: nothing,
    AllocDevice: nothing,
    *Usage() {
      throw new RpcFailure(MemoryManagerError.UnknownError);
    },
  };

  it("sends bytes through the page, and an empty message with the capability", () => {
    const pair = connect("memory", true);
    pair.system.caps.set(PARAMETERS, { kind: "other", object: 77, badge: 0 });
    const during: unknown[] = [];
    const server = runPair(
      pair,
      memoryInterface,
      () => ({
        ...handlers,
        *Alloc(value, { badge, cap }) {
          during.push(value, badge, cap === undefined ? undefined : pair.system.caps.get(cap));
          return yield* nothing();
        },
      }),
      function* (thread) {
        const bundle = { cnode: 5, depth: 8, objs: [{ type: 2, count: 1, cptr: 0 }] };
        yield* rpcClient(thread, "memory", memoryInterface).call(
          "Alloc",
          { bundle, lifetime: "Short" },
          { cap: PARAMETERS },
        );
      },
    );
    const expected = "00 0500000000000000 08 01 02 0100000000000000 0000000000000000 00".replaceAll(
      " ",
      "",
    );
    expect(Buffer.from(pair.system.memory.subarray(CLIENT_PAGE, CLIENT_PAGE + 29))).toEqual(
      Buffer.from(expected, "hex"),
    );
    expect(pair.system.messages).toMatchObject([{ length: 0 }, { label: 0, length: 1 }]);
    expect(during).toMatchObject([{ lifetime: "Short" }, 3, { object: 77 }]);
    // The server deleted its copy.
    expect([...pair.system.caps.values()].filter(({ object }) => object === 77)).toHaveLength(1);
    expect(server.runtime.slots.usedSlots).toBe(1);
  });

  it("puts the reply behind the request", () => {
    const pair = connect("memory", true);
    let free = 0;
    runPair(
      pair,
      memoryInterface,
      () => handlers,
      function* (thread) {
        const memory = rpcClient(thread, "memory", memoryInterface);
        free = (yield* memory.call("Stats", undefined)).value.freeBytes;
      },
    );
    expect(pair.system.memory[CLIENT_PAGE]).toBe(2);
    expect(pair.system.memory[CLIENT_PAGE + 2048 + 8 + 4]).toBe(2);
    expect(free).toBe(2 ** 33);
  });

  it("does not decode a request of an unknown client", () => {
    const pair = connect("memory", true);
    pair.system.endpoint(30, ENDPOINT, 9);
    let caught: unknown;
    runPair(
      pair,
      memoryInterface,
      () => handlers,
      function* (thread) {
        try {
          yield* rpcClient(thread, "memory", memoryInterface).call("Debug", undefined);
        } catch (error) {
          caught = error;
        }
      },
    );
    expect(caught).toMatchObject({ errorName: "DeserializeFailed" });
  });

  it("lets two threads of a client take turns on its page", () => {
    const pair = connect("memory", true);
    const runtime = new ComponentRuntime({
      ...pair.client,
      threads: { control: { tcb: 1, ipcBuffer: 0x3000 }, other: { tcb: 2, ipcBuffer: 0x4000 } },
      clients: {
        memory: {
          ...{ endpoint: 30, sharedPage: CLIENT_PAGE },
          pageMutex: pair.system.notification(32, 601, 1),
        },
      },
    });
    const seen: number[] = [];
    for (const [name, cnode] of [
      ["control", 1],
      ["other", 2],
    ] as const) {
      pair.system.addThread(0x2000 + cnode * 0x1000, (context) => {
        const thread = new ComponentThread(name, runtime, context);
        const memory = rpcClient(thread, "memory", memoryInterface);
        return (function* (): Task<void> {
          for (let round = 0; round < 5; round++) {
            yield* memory.call("Free", { cnode, depth: round, objs: [] });
          }
        })();
      });
    }
    runPair(
      pair,
      memoryInterface,
      () => ({
        ...handlers,
        *Free(bundle) {
          seen.push(bundle.cnode * 10 + bundle.depth);
          return yield* nothing();
        },
      }),
      nothing,
    );
    expect(seen.toSorted((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 20, 21, 22, 23, 24]);
  });
});

describe("capabilities in replies", () => {
  it("land in the client's slot; the server's slot is deleted and free again", () => {
    const pair = connect("sdk_manager", false);
    const received: unknown[] = [];
    const server = runPair(
      pair,
      sdkManagerInterface,
      (thread) => ({
        *GetEndpoint() {
          const slot = thread.runtime.slots.alloc() ?? 0;
          pair.system.caps.set(slot, { kind: "endpoint", object: 88, badge: 5 });
          yield* nothing();
          return new ReplyWithCap(undefined, slot);
        },
        ReleaseEndpoint: nothing,
        Capscan: nothing,
        *Events() {
          return { events: [], hasMore: false };
        },
        AllowModel: nothing,
        Watch: nothing,
      }),
      function* (thread) {
        const manager = rpcClient(thread, "sdk_manager", sdkManagerInterface);
        for (const slot of [210, 211]) {
          yield* manager.call("GetEndpoint", "hello", { receiveSlot: slot });
          received.push(pair.system.caps.get(slot));
        }
        // Later messages cannot put a capability into the slot.
        pair.system.caps.delete(211);
        yield* manager.call("GetEndpoint", "hello");
        received.push(pair.system.caps.get(211));
      },
    );
    const cap = { kind: "endpoint", object: 88, badge: 5 };
    expect(received).toEqual([cap, cap, undefined]);
    // One is for capabilities of requests.
    expect(server.runtime.slots.usedSlots).toBe(1);
    expect([...pair.system.caps.keys()].filter((slot) => slot >= 100 && slot < 200)).toEqual([]);
  });
});

describe("notifications to clients", () => {
  it("reach the client with its badge", () => {
    const pair = connect("timer", false);
    let badge = 0;
    runPair(
      pair,
      timerInterface,
      (thread) => ({
        ...idleTimer,
        *Oneshot(_value, caller) {
          yield* emit(thread, "timer", caller.badge);
          return undefined;
        },
      }),
      function* (thread) {
        const timer = rpcClient(thread, "timer", timerInterface);
        yield* timer.call("Oneshot", { timerId: 1, durationMs: 1 });
        badge = yield* waitNotification(thread, "timer");
      },
    );
    expect(badge).toBe(4);
  });
});
