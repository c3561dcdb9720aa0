import type { SystemDescription } from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { createChromeTrace, createStrace } from "@cantrip/assembly/trace";
import { type ComponentDefinition, interfaceCodecs } from "@cantrip/camkes-rpc";
import { SecurityRequestError, securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";

const security = interfaceCodecs(securityInterface);

/** A byte array of the client's page: a request that is valid up to its first byte, which is any. */
function requestOf(first: number): Uint8Array {
  return Uint8Array.of(first, 0xff, 0xff, 0xff, 0xff, 0xff);
}

/** Sends bytes that are no requests, and one request whose reply is no reply. */
const rudeClient: ComponentDefinition<object> = {
  name: "RudeClient",
  create: () => ({}),
  threads: {
    control: {
      *run({ sel4, birth, context }) {
        const { timer, security: end } = birth.clients;
        if (timer === undefined || end?.sharedPage === undefined) return;
        sel4.setMessageRegister(0, 0xdeadbeef);
        yield* sel4.call(timer.endpoint, messageInfo(0, 1));
        yield* sel4.call(timer.endpoint, messageInfo(7, 120));
        for (let first = 0; first < 256; first++) {
          context.copyOut(end.sharedPage, requestOf(first));
          yield* sel4.call(end.endpoint, messageInfo(0, 0));
        }
        context.copyOut(end.sharedPage, security.request.encode({ type: "Echo", value: "hi" }));
        context.copyOut(end.sharedPage + securityInterface.requestSize, requestOf(3));
        yield* sel4.call(end.endpoint, messageInfo(0, 0));
        yield* sel4.debugPrint("done\n");
      },
    },
  },
};

/** Answers without a look at the request. */
const rudeServer: ComponentDefinition<object> = {
  name: "RudeServer",
  create: () => ({}),
  threads: {
    timer: {
      *run({ sel4, birth }) {
        const end = birth.servers["timer"];
        if (end === undefined) return;
        yield* sel4.recv(end.endpoint, end.reply);
        for (;;) yield* sel4.replyRecv(end.endpoint, messageInfo(99, 0), end.reply);
      },
    },
    security: {
      *run({ sel4, birth }) {
        const end = birth.servers["security"];
        if (end === undefined) return;
        yield* sel4.recv(end.endpoint, end.reply);
        for (let count = 0; ; count++) {
          const label = count < 256 ? SecurityRequestError.DeserializeFailed : 0;
          yield* sel4.replyRecv(end.endpoint, messageInfo(label, 0), end.reply);
        }
      },
    },
  },
};

const interfaces = { timer: timerInterface, security: securityInterface };
const rude: SystemDescription = {
  name: "rude",
  kernel: cantrip,
  platform: "sparrow",
  components: {
    client: {
      type: { name: "RudeClient", program: rudeClient, uses: ["timer", "security"], interfaces },
    },
    server: {
      type: {
        name: "RudeServer",
        program: rudeServer,
        provides: ["timer", "security"],
        interfaces,
      },
    },
  },
  connections: [
    { name: "timer_rpc", connector: "cantripRPCCall", from: ["client.timer"], to: "server.timer" },
    {
      name: "multi_security",
      connector: "cantripRPCOverMultiSharedData",
      from: ["client.security"],
      to: "server.security",
    },
  ],
};

describe("strace of messages that are none", () => {
  test("shows bytes and the reason, and does not stop", () => {
    const lines: string[] = [];
    const observer = createStrace({ write: (line) => lines.push(line.slice(13)) });
    new ConsoleSession({ system: rude, observer }).waitFor("done\n");
    const sent = lines.filter((line) => line.startsWith("client:control -> server:"));
    const replies = lines.filter((line) => line.startsWith("server:security -> client:control"));
    expect(sent[0]).toBe(
      "client:control -> server:timer: timer.? [ef be ad de] (DeserializeUnexpectedEnd at byte 4: 1 bytes) via timer_rpc_ep badge 1",
    );
    expect(lines).toContain("server:timer -> client:control: timer.? -> error 99");
    const requests = sent.filter((line) => line.includes("-> server:security"));
    expect(requests).toHaveLength(257);
    const unread = requests.filter((line) =>
      /: security\.\? \[[0-9a-f ]+ …\+2024\] \(\w+ at byte/.test(line),
    );
    const page = new Uint8Array(securityInterface.requestSize);
    const refused = Array.from({ length: 256 }, (_, first) => {
      page.set(requestOf(first));
      return !security.request.safeDecode(page).ok;
    });
    expect(unread).toHaveLength(refused.filter(Boolean).length);
    expect(unread.length).toBeGreaterThan(240);
    expect(requests.at(-1)).toContain('security.Echo("hi")');
    expect(replies).toHaveLength(257);
    expect(replies[0]).toBe("server:security -> client:control: security.? -> DeserializeFailed");
    expect(replies[5]).toBe(
      "server:security -> client:control: security.GetPackages -> DeserializeFailed",
    );
    expect(replies.at(-1)).toMatch(/security\.Echo -> \? \[03 ff ff ff ff ff 00.*\] \(Deserialize/);
  });

  test("and neither does a Chrome trace", () => {
    const trace = createChromeTrace();
    new ConsoleSession({ system: rude, observer: trace }).waitFor("done\n");
    const { traceEvents } = JSON.parse(trace.json()) as { traceEvents: { name: string }[] };
    expect(traceEvents.filter(({ name }) => name === "security.?").length).toBeGreaterThan(400);
  });
});
