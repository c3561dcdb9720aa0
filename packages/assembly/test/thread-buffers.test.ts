import {
  AssemblyError,
  buildBootImage,
  checkSystem,
  type ComponentType,
  type SystemDescription,
} from "@cantrip/assembly";
import { bootSystem, type RunningSystem } from "@cantrip/assembly/riscv";
import {
  type ComponentThread,
  type Handlers,
  interfaceCodecs,
  rpcClient,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { defineInterface } from "@cantrip/interfaces";
import { string, struct, u32 } from "@cantrip/postcard";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

const errors = { Success: 0, SerializeFailed: 1, DeserializeFailed: 2, UnknownError: 3 } as const;
const echoInterface = defineInterface({
  name: "echo",
  transport: "shared",
  requestSize: 2048,
  requests: { Echo: { payload: string, reply: struct({ text: string, client: u32 }) } },
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
});

type Body = (thread: ComponentThread, index: number) => Task<void>;

/** A server of `echo`. Its handler is told of each request before it answers. */
function serverType(
  onRequest: (thread: ComponentThread, text: string) => Task<void>,
): ComponentType {
  const handlers = (thread: ComponentThread): Handlers<typeof echoInterface> => ({
    *Echo(text, { badge }) {
      yield* onRequest(thread, text);
      return { text, client: badge };
    },
  });
  return {
    name: "Server",
    provides: ["echo"],
    program: {
      name: "Server",
      create: () => ({}),
      threads: {
        echo: { run: (thread) => serve(thread, "echo", echoInterface, handlers(thread)) },
      },
    },
  };
}

/** A client of `echo` with threads `a`, `b`, `c` besides control. */
function clientType(run: Body, more: Partial<ComponentType> = {}): ComponentType {
  const names = ["a", "b", "c"];
  return {
    name: "Client",
    uses: ["echo"],
    provides: names,
    interfaces: { echo: echoInterface },
    ...more,
    program: {
      name: "Client",
      create: () => ({}),
      threads: Object.fromEntries(
        names.map((name, index) => [
          name,
          { run: (thread: ComponentThread) => run(thread, index) },
        ]),
      ),
    },
  };
}

function* nothing(): Task<void> {
  yield* [];
}

/** Two clients of a server; the threads of a client are there because somebody is connected to them. */
function systemOf(
  clients: readonly ComponentType[],
  server: ComponentType,
  buffers?: "thread" | "component",
): SystemDescription {
  const names = clients.map((_, index) => `client${index}`);
  const ends = clients.flatMap(({ provides = [] }, index) =>
    provides.map((name) => `client${index}.${name}`),
  );
  const starter: ComponentType = {
    name: "Starter",
    uses: ends.map((end) => end.replace(".", "_")),
    program: { name: "Starter", create: () => ({}), threads: {} },
  };
  return {
    name: "buffers",
    kernel: cantrip,
    platform: "sparrow",
    components: {
      starter: { type: starter },
      ...Object.fromEntries(clients.map((type, index) => [`client${index}`, { type }])),
      server: { type: server },
    },
    connections: [
      ...ends.map((end) => ({
        ...{ name: end.replace(".", "_"), connector: "cantripRPCCall" as const },
        ...{ from: [`starter.${end.replace(".", "_")}`], to: end },
      })),
      {
        name: "multi_echo",
        connector: "cantripRPCOverMultiSharedData",
        from: names.map((name) => `${name}.echo`),
        to: "server.echo",
        ...(buffers === undefined ? {} : { buffers }),
      },
    ],
  };
}

function boot(system: SystemDescription): {
  readonly system: RunningSystem;
  readonly faults: string[];
} {
  const faults: string[] = [];
  const running = bootSystem({
    system,
    onConsole: () => undefined,
    onHostedError: ({ component, thread, message }) => {
      faults.push(`${component}.${thread}: ${message}`);
    },
  });
  return { system: running, faults };
}

function echo(thread: ComponentThread, text: string): Task<{ text: string; client: number }> {
  return rpcClient(thread, "echo", echoInterface).call("Echo", text);
}

describe("24: one buffer per client thread", () => {
  const { request } = interfaceCodecs(echoInterface);

  /** What lies in the server's pages while it serves the first request, by badge, when another thread has called meanwhile. */
  function requestsAtOnce(buffers: "thread" | "component"): Record<string, string> {
    const found: Record<string, string> = {};
    const server = serverType(function* ({ sel4, context, birth }, text) {
      // Long enough for the others to call.
      for (let turn = 0; turn < 30; turn++) yield* sel4.yield();
      if (text !== "thread 0" || Object.keys(found).length > 0) return;
      for (const [badge, page] of Object.entries(birth.servers["echo"]?.sharedPages ?? {})) {
        const bytes = new Uint8Array(echoInterface.requestSize);
        context.copyIn(page, bytes);
        const decoded = request.safeDecode(bytes);
        if (decoded.ok) found[badge] = String(decoded.value.value);
      }
    });
    const client = clientType(
      function* (thread, index) {
        // In order.
        for (let turn = 0; turn < 5 * index; turn++) yield* thread.sel4.yield();
        yield* echo(thread, `thread ${index}`);
      },
      { callers: { echo: ["a", "b", "c"] } },
    );
    const { system, faults } = boot(systemOf([client], server, buffers));
    system.run({ untilCycle: system.cyclesPerSecond });
    expect(faults).toEqual([]);
    return found;
  }

  defect(
    "threads call without waiting for each other's page",
    { ours: "thread", mutant: "component" } as const,
    (buffers) => {
      expect(requestsAtOnce(buffers)).toEqual({ 1: "thread 0", 2: "thread 1", 3: "thread 2" });
    },
    /to deeply equal/,
  );

  it.each(["thread", "component"] as const)(
    "everybody gets the answer to what it asked, and the server knows the component: buffers of each %s",
    (buffers) => {
      const report = new FuzzReport(`echoes, buffers of each ${buffers}`);
      fc.assert(
        fc.property(
          fc.array(fc.array(fc.tuple(fc.nat(5), fc.nat(60)), { maxLength: 8 }), {
            minLength: 6,
            maxLength: 6,
          }),
          fc.nat(4),
          (scripts, serverTurns) => {
            let answered = 0;
            const server = serverType(function* ({ sel4 }) {
              for (let turn = 0; turn < serverTurns; turn++) yield* sel4.yield();
            });
            const client = (which: number): ComponentType =>
              clientType(function* (thread, index) {
                for (const [turns, length] of scripts[3 * which + index] ?? []) {
                  for (let turn = 0; turn < turns; turn++) yield* thread.sel4.yield();
                  const text = `${which} ${index} ${"x".repeat(length)}`;
                  const reply = yield* echo(thread, text);
                  if (reply.text === text && reply.client === which + 1) answered++;
                }
              });
            const { system, faults } = boot(systemOf([client(0), client(1)], server, buffers));
            system.run({ untilCycle: system.cyclesPerSecond });
            expect(faults).toEqual([]);
            expect(answered).toBe(scripts.flat().length);
            checkInvariants(system.kernel.state);
            report.succeeded(answered);
          },
        ),
        { numRuns: 12 },
      );
      report.finish();
    },
  );
});

describe("badges and pages of a connection", () => {
  const births = (type: Partial<ComponentType>, buffers?: "thread" | "component") => {
    const system = systemOf(
      [clientType(nothing, type), clientType(nothing, type)],
      serverType(nothing),
      buffers,
    );
    const image = buildBootImage(system);
    const pages = image.spec.objects.filter(({ name }) => /^multi_echo_\d+_data/.test(name));
    const server = image.births.get("server")?.servers["echo"];
    const client = image.births.get("client1")?.clients["echo"];
    return { image, server, client, pages: pages.length };
  };

  it("are each thread's; a component's first thread has the badge that CantripOS gives the component", () => {
    const { server, client, pages } = births({});
    expect(pages).toBe(8);
    expect(server?.clients).toEqual({
      1: { name: "client0", badge: 1 },
      2: { name: "client1", badge: 2 },
      ...{ 3: { name: "client0", badge: 1 }, 4: { name: "client0", badge: 1 } },
      ...{ 5: { name: "client0", badge: 1 }, 6: { name: "client1", badge: 2 } },
      ...{ 7: { name: "client1", badge: 2 }, 8: { name: "client1", badge: 2 } },
    });
    expect(Object.keys(server?.sharedPages ?? {})).toHaveLength(8);
    expect(Object.keys(client?.callers ?? {})).toEqual(["control", "a", "b", "c"]);
    expect(client?.callers?.["control"]).toEqual({
      endpoint: client?.endpoint,
      sharedPage: client?.sharedPage,
    });
    const places = Object.values(client?.callers ?? {});
    expect(new Set(places.map(({ sharedPage }) => sharedPage)).size).toBe(4);
    expect(new Set(places.map(({ endpoint }) => endpoint)).size).toBe(4);
  });

  it("are only of those threads that call", () => {
    const { server, client, pages } = births({ callers: { echo: ["b", "control"] } });
    expect(pages).toBe(4);
    expect(Object.keys(client?.callers ?? {})).toEqual(["b", "control"]);
    expect(Object.keys(server?.clients ?? {})).toEqual(["1", "2", "3", "4"]);
  });

  it("are the component's, with a mutex, where the connection says so", () => {
    const { client, pages, image } = births({}, "component");
    expect(pages).toBe(2);
    expect(client?.pageMutex).toBeGreaterThan(0);
    expect(image.spec.objects.map(({ name }) => name)).toContain("multi_echo_client1_page_mutex");
    // One thread needs none.
    expect(births({ callers: { echo: ["a"] } }, "component").client?.pageMutex).toBeUndefined();
  });

  it("are refused to a thread that the description does not name", () => {
    const client = clientType(
      function* (thread): Task<void> {
        yield* echo(thread, "x");
      },
      { callers: { echo: ["a", "c"] } },
    );
    const { system, faults } = boot(systemOf([client], serverType(nothing)));
    system.run({ untilCycle: system.cyclesPerSecond });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('client0.b does not call "echo"');
  });

  it("have their mistakes reported at once, before anything boots", () => {
    const system = systemOf(
      [
        clientType(nothing, {
          callers: { echo: ["nobody", "a", "a"], other: ["a"] },
          mutexes: ["a", "bad name"],
        }),
        clientType(nothing, { callers: { echo: [] } }),
      ],
      serverType(nothing),
      "process" as "thread",
    );
    const broken: SystemDescription = {
      ...system,
      connections: system.connections.map((connection) =>
        connection.name === "client0_a" ? { ...connection, buffers: "component" } : connection,
      ),
    };
    const texts = checkSystem(broken).map(({ where, message }) => `${where}: ${message}`);
    expect(texts).toEqual(
      expect.arrayContaining([
        'client0: Client declares "a" twice',
        'client0: "bad name" of Client is not an identifier',
        'client0: callers of "echo": no thread "nobody"; known: control, a, b, c',
        'client0: callers of "echo" have "a" twice',
        'client0: callers of "other", which Client does not use; known: echo',
        'client1: callers of "echo": no thread; name one, as every client has at least a badge',
        'multi_echo: buffers "process"; known: thread, component',
        "client0_a: buffers: cantripRPCCall has no pages; only cantripRPCOverMultiSharedData has",
      ]),
    );
    expect(() => buildBootImage(broken)).toThrow(AssemblyError);
  });
});
