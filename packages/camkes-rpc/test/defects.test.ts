import {
  BareSemaphore,
  ComponentRuntime,
  ComponentThread,
  type Handlers,
  RpcClient,
  rpcClient,
  RpcError,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { defineInterface } from "@cantrip/interfaces";
import { codec, string, struct } from "@cantrip/postcard";
import { messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { birthOf } from "./birth-of.ts";
import { FakeSystem } from "./fake-system.ts";

const errors = { Success: 0, DeserializeFailed: 1, SerializeFailed: 2, UnknownError: 3 } as const;
/** The security coordinator's `Echo`, alone. */
const echoInterface = defineInterface({
  name: "security",
  transport: "shared",
  requestSize: 2048,
  requests: { Echo: { payload: string, reply: struct({ value: string }) } },
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
});

const ENDPOINT = 500;
const PAGE = 0x10000;
const OTHER_PAGE = 0x12000;
const REPLY_AT = PAGE + 2048;

/** A mutant: every semaphore starts at 1, whatever was declared. */
class OriginalSemaphore extends BareSemaphore {
  constructor(endpoint: number) {
    super(endpoint, 1);
  }
}
/** A mutant: `todo!()`. */
class SemaphoreWithoutTry extends BareSemaphore {
  override tryWait(): boolean {
    throw new Error("not yet implemented");
  }
}
/** Whose the pages of a client are. */
type Buffers = "thread" | "component" | "nobody";

/** A client of two threads, and a server. */
function connect(buffers: Buffers = "nobody"): {
  readonly system: FakeSystem;
  readonly server: ComponentThread["birth"];
  readonly client: ComponentThread["birth"];
} {
  const system = new FakeSystem();
  const server = birthOf("s", { control: 0x2000 }, 100, {
    servers: {
      security: {
        ...{ endpoint: system.endpoint(20, ENDPOINT), reply: system.reply(21, 21) },
        ...{ sharedPages: { "3": PAGE, "7": OTHER_PAGE }, notifications: {} },
        clients: { "3": { name: "c", badge: 3 }, "7": { name: "c", badge: 3 } },
      },
    },
  });
  const first = { endpoint: system.endpoint(30, ENDPOINT, 3), sharedPage: PAGE };
  const second = { endpoint: system.endpoint(31, ENDPOINT, 7), sharedPage: OTHER_PAGE };
  const ends = {
    thread: { ...first, callers: { control: first, other: second } },
    component: { ...first, pageMutex: system.notification(32, 32, 1) },
    // The original's.
    nobody: first,
  };
  const client = birthOf("c", { control: 0x3000, other: 0x4000, third: 0x5000 }, 200, {
    clients: { security: ends[buffers] },
  });
  return { system, server, client };
}

function echo(badges: Set<number>): Handlers<typeof echoInterface> {
  return {
    *Echo(value, { badge }) {
      badges.add(badge);
      return { value };
    },
  };
}

type Call = (thread: ComponentThread) => Task<string>;
const callEcho: Call = function* (thread) {
  return (yield* rpcClient(thread, "security", echoInterface).call("Echo", "x")).value;
};
/** A mutant: what is in the page is decoded, wherever the reply ends. */
const callOriginal: Call = function* ({ sel4 }) {
  yield* sel4.call(30, 0);
  const bytes = new Uint8Array(2048);
  sel4.context.copyIn(REPLY_AT, bytes);
  return codec(echoInterface.requests.Echo.reply, { format: "0.7" }).decode(bytes).value;
};

describe("defects of CantripOS's component runtime", () => {
  defect(
    "25: a semaphore begins at its declared value",
    { ours: BareSemaphore, mutant: OriginalSemaphore },
    (Semaphore) => {
      const taken = [0, 1, 3].map((value) => {
        const semaphore = new Semaphore(8, value);
        let count = 0;
        while (semaphore.tryWait()) count++;
        return count;
      });
      expect(taken).toEqual([0, 1, 3]);
    },
    /expected \[ 1, 1, 1 \] to deeply equal/,
  );

  defect(
    "25: try-wait takes what there is, and never waits",
    { ours: BareSemaphore, mutant: SemaphoreWithoutTry },
    (Semaphore) => {
      const semaphore = new Semaphore(8, 1);
      expect([semaphore.tryWait(), semaphore.tryWait()]).toEqual([true, false]);
    },
    /not yet implemented/,
  );

  const callsOfTwoThreads = (buffers: Buffers): void => {
    const { system, server, client } = connect(buffers);
    const runtime = new ComponentRuntime(client);
    const answers: string[] = [];
    for (const [name, buffer] of [
      ["control", 0x3000],
      ["other", 0x4000],
    ] as const) {
      system.addThread(buffer, (context) => {
        const thread = new ComponentThread(name, runtime, context);
        const own = new RpcClient(thread, "security", echoInterface);
        return (function* (): Task<void> {
          for (let round = 0; round < 5; round++) {
            const text = `${name}${round}`;
            if ((yield* own.call("Echo", text)).value === text) answers.push(text);
          }
        })();
      });
    }
    const badges = new Set<number>();
    system.addThread(0x2000, (context) => {
      const thread = new ComponentThread("control", new ComponentRuntime(server), context);
      return serve(thread, "security", echoInterface, echo(badges));
    });
    system.run();
    expect(answers).toHaveLength(10);
    // The server knows the component.
    expect([...badges]).toEqual([3]);
  };

  defect(
    "24: threads of a client do not write into each other's requests",
    { ours: "thread", mutant: "nobody" },
    callsOfTwoThreads,
    /to have a length of 10/,
  );

  defect(
    "24: threads that share a page take turns",
    { ours: "component", mutant: "nobody" },
    callsOfTwoThreads,
    /to have a length of 10/,
  );

  it("refuses a thread that is none of those that call", () => {
    const { system, client } = connect("thread");
    system.addThread(0x5000, (context) => {
      const thread = new ComponentThread("third", new ComponentRuntime(client), context);
      expect(() => rpcClient(thread, "security", echoInterface)).toThrow(
        'c.third does not call "security": the component\'s type has only control, other among the callers',
      );
      return [];
    });
  });

  for (const [name, length] of [
    ["beyond its place", 5000],
    ["before its value does", 3],
  ] as const) {
    defect(
      `24: a reply that ends ${name} is refused`,
      { ours: callEcho, mutant: callOriginal },
      (call) => {
        const { system, server, client } = connect();
        let answer: unknown;
        system.addThread(0x3000, (context) => {
          const thread = new ComponentThread("control", new ComponentRuntime(client), context);
          return (function* (): Task<void> {
            try {
              answer = yield* call(thread);
            } catch (error) {
              if (!(error instanceof RpcError)) throw error;
              answer = error.errorName;
            }
          })();
        });
        system.addThread(0x2000, (context) => {
          const { sel4 } = new ComponentThread("control", new ComponentRuntime(server), context);
          return (function* (): Task<void> {
            yield* sel4.recv(20, 21);
            // What an earlier reply left there.
            const { reply } = echoInterface.requests.Echo;
            const stale = codec(reply, { format: "0.7" }).encode({ value: "of other clients" });
            context.copyOut(REPLY_AT, stale);
            sel4.setMessageRegister(0, length);
            yield* sel4.replyRecv(20, messageInfo(0, 1), 21);
          })();
        });
        system.run();
        expect(answer).toBe("DeserializeFailed");
      },
      /expected 'of other clients' to be 'DeserializeFailed'/,
    );
  }
});
