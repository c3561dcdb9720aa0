import { codec, type Codec } from "@cantrip/postcard";
import { codec as jitCodec } from "@cantrip/postcard/jit";
import { engines } from "../test/engines.ts";
import { type Message, messages } from "./messages.ts";
import { peersOf } from "./peers.ts";
import { type Contestant } from "./walk.ts";

/** A row of the result: time of ours and of a peer in nanoseconds, and how many times as long the peer takes. */
export interface Row {
  readonly name: string;
  readonly peer: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  readonly ratio?: number;
  readonly opsPerSecond: number;
}

const RUNS = 7;
const BATCH_NS = 8e6;
const LED_BY_AOT = ["bebop", "protobufjs"];

/** Measures every engine and peer with every message, in alternation. */
export function benchPostcard(): readonly Row[] {
  const rows: Row[] = [];
  for (const message of messages) {
    const ours = engines.map(({ engine, codec: make }) => {
      const coder = make(message.schema, { format: "1" });
      return contestantOf(engine, coder, message);
    });
    const page = new Uint8Array(0x1000);
    const peers = peersOf(message);
    const intoPage: Codec<unknown> = jitCodec(message.schema, { format: "1" });
    for (const direction of ["encode", "decode"] as const) {
      const all = [...ours, ...peers].map(({ name, [direction]: run }) => ({ name, run }));
      if (direction === "encode") {
        all.push({ name: "page", run: () => intoPage.encodeInto(message.value, page) });
      }
      const times = measure(all);
      const timeOf = (name: string) => times.get(name) ?? 0;
      for (const engine of ours) {
        for (const peer of peers) {
          const leads =
            engine.name === "jit"
              ? !["@mysten/bcs", "JSON"].includes(peer.name)
              : engine.name === "aot"
                ? LED_BY_AOT.includes(peer.name)
                : peer.isInterpreted && peer.name !== "JSON";
          rows.push(
            row(
              `${engine.name} ${message.name} ${direction}`,
              peer.name,
              leads,
              timeOf(engine.name),
              timeOf(peer.name),
            ),
          );
        }
      }
      if (direction === "encode") {
        rows.push(
          row(
            `jit ${message.name} encodeInto`,
            "msgpackr",
            false,
            timeOf("page"),
            timeOf("msgpackr"),
          ),
        );
      }
    }
  }
  return rows;
}

function row(name: string, peer: string, leads: boolean, ours: number, theirs: number): Row {
  return {
    name,
    peer,
    ours,
    theirs,
    unit: "ns",
    opsPerSecond: 1e9 / ours,
    ...(leads ? { ratio: theirs / ours } : {}),
  };
}

function contestantOf(name: string, coder: Codec<unknown>, { value, schema }: Message): Contestant {
  const bytes = codec(schema, { format: "1" }).encode(value).slice();
  return {
    name,
    isInterpreted: name === "closures",
    encode: () => coder.encode(value),
    decode: () => coder.decode(bytes),
  };
}

interface Timed {
  readonly name: string;
  readonly run: () => unknown;
}

/** Median of {@link RUNS} runs of each, taken in turn. */
function measure(all: readonly Timed[]): ReadonlyMap<string, number> {
  const counts = new Map(all.map(({ name, run }) => [name, calibrate(run)]));
  const times = new Map(all.map(({ name }): [string, number[]] => [name, []]));
  for (let turn = 0; turn < RUNS; turn++) {
    for (const { name, run } of all) {
      const count = counts.get(name) ?? 1;
      times.get(name)?.push(batch(run, count) / count);
    }
  }
  return new Map(
    [...times].map(([name, list]) => [name, list.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0]),
  );
}

function batch(run: () => unknown, count: number): number {
  const start = process.hrtime.bigint();
  let last: unknown;
  for (let index = 0; index < count; index++) last = run();
  const time = Number(process.hrtime.bigint() - start);
  if (last === null) throw new Error("nothing was made");
  return time;
}

/** How many operations fill a batch, after the engine has optimised them. */
function calibrate(run: () => unknown): number {
  let count = 64;
  while (batch(run, count) < BATCH_NS) count *= 2;
  batch(run, count);
  return count;
}
