import type { SystemDescription } from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { createStrace } from "@cantrip/assembly/trace";
import { type ComponentDefinition, rpcClient, serve } from "@cantrip/camkes-rpc";
import { defineInterface } from "@cantrip/interfaces";
import {
  bool,
  bytesOwned,
  enumOf,
  i32,
  map,
  option,
  rawBytesOwned,
  seq,
  string,
  struct,
  tuple,
  u64,
  u8,
  unitEnum,
} from "@cantrip/postcard";
import { cantrip } from "@cantrip/sel4-config";
import { expect, test } from "vitest";

const shape = enumOf({ Empty: null, Circle: u8, Box: { width: u8, height: u8 } });
const showcase = defineInterface({
  name: "showcase",
  transport: "shared",
  requestSize: 2048,
  requests: {
    Plain: { payload: struct({ on: bool, big: u64, low: i32, raw: rawBytesOwned(2) }) },
    Maybe: { payload: struct({ some: option(u8), none: option(u8) }) },
    Shapes: { payload: seq(shape) },
    Pair: { payload: tuple([u8, string]), reply: map(string, u8) },
    Level: { payload: unitEnum("Low", "High"), reply: bytesOwned },
    Long: { payload: string },
    Many: { payload: seq(u8) },
  },
  errors: { Success: 0, Failed: 1 },
  serializeFailed: 1,
  deserializeFailed: 1,
  unknownError: 1,
});

const clientProgram: ComponentDefinition<object> = {
  name: "Client",
  create: () => ({}),
  threads: {
    control: {
      *run(thread) {
        const client = rpcClient(thread, "show", showcase);
        yield* client.call("Plain", { on: true, big: 7n, low: -5, raw: Uint8Array.of(1, 255) });
        yield* client.call("Maybe", { some: 3, none: undefined });
        yield* client.call("Shapes", [
          { type: "Empty" },
          { type: "Circle", value: 9 },
          { type: "Box", width: 1, height: 2 },
        ]);
        yield* client.call("Pair", [4, "four\n"]);
        yield* client.call("Level", "High");
        yield* client.call("Long", "x".repeat(100));
        yield* client.call("Many", new Array<number>(20).fill(1));
        yield* thread.sel4.debugPrint("done\n");
      },
    },
  },
};

const serverProgram: ComponentDefinition<object> = {
  name: "Server",
  create: () => ({}),
  threads: {
    show: {
      *run(thread) {
        const nothing = function* () {
          yield* thread.sel4.yield();
          return undefined;
        };
        yield* serve(thread, "show", showcase, {
          ...{ Plain: nothing, Maybe: nothing, Shapes: nothing, Long: nothing, Many: nothing },
          *Pair() {
            return new Map([["a", 1]]);
          },
          *Level() {
            return Uint8Array.of(0, 200);
          },
        });
      },
    },
  },
};

const interfaces = { show: showcase };
const system: SystemDescription = {
  name: "showcase",
  kernel: cantrip,
  platform: "sparrow",
  components: {
    client: { type: { name: "Client", program: clientProgram, uses: ["show"], interfaces } },
    server: { type: { name: "Server", program: serverProgram, provides: ["show"], interfaces } },
  },
  connections: [
    {
      name: "show",
      connector: "cantripRPCOverMultiSharedData",
      from: ["client.show"],
      to: "server.show",
    },
  ],
};

test("strace writes every kind of value", () => {
  const lines: string[] = [];
  const observer = createStrace({ write: (line) => lines.push(line.slice(13)) });
  new ConsoleSession({ system, observer }).waitFor("done\n");
  const messages = lines.flatMap((line) => /: (showcase\..*?)(?: via .*)?$/.exec(line)?.[1] ?? []);
  expect(messages).toEqual([
    "showcase.Plain{on: true, big: 7, low: -5, raw: [01 ff]}",
    "showcase.Plain -> Success",
    "showcase.Maybe{some: Some(3), none: None}",
    "showcase.Maybe -> Success",
    "showcase.Shapes([Empty, Circle(9), Box{width: 1, height: 2}])",
    "showcase.Shapes -> Success",
    String.raw`showcase.Pair(4, "four\n")`,
    `showcase.Pair -> PairReply({"a": 1})`,
    "showcase.Level(High)",
    "showcase.Level -> LevelReply([00 c8])",
    `showcase.Long("${"x".repeat(96)}"…+4)`,
    "showcase.Long -> Success",
    `showcase.Many([${"1, ".repeat(16)}…+4])`,
    "showcase.Many -> Success",
  ]);
});
