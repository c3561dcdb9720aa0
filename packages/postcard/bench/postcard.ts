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
const WARM_NS = 1e8;
const LED_BY_AOT = ["bebop", "protobufjs-static"];
const NOT_LED_BY_JIT = ["@mysten/bcs", "JSON", "protobufjs-static"];
/**
 * Nanoseconds that Rust's postcard 1.1.3 (`to_slice`) and msgpackr took for messages of few or no texts, measured
 * together on one machine. Here msgpackr tells how that machine compares with this one.
 */
const RUST: Readonly<Record<string, { readonly rust: number; readonly msgpackr: number }>> = {
  small: { rust: 9, msgpackr: 247 },
  bundle: { rust: 211, msgpackr: 3291 },
  bytes2k: { rust: 120, msgpackr: 1013 },
};

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
              ? !NOT_LED_BY_JIT.includes(peer.name)
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
      const rust = RUST[message.name];
      if (direction === "encode" && rust !== undefined) {
        const limit = (2 * rust.rust * timeOf("msgpackr")) / rust.msgpackr;
        const name = `jit ${message.name} encodeInto`;
        rows.push(row(name, "twice Rust", true, timeOf("page"), limit));
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

/** What calling costs: it is no part of any result. */
const NOTHING: Timed = { name: "nothing", run: () => NOTHING };

/** Median of {@link RUNS} runs of each, taken in turn. */
function measure(contestants: readonly Timed[]): ReadonlyMap<string, number> {
  const all = [NOTHING, ...contestants];
  const counts = new Map(all.map(({ name, run }) => [name, calibrate(run)]));
  const times = new Map(all.map(({ name }): [string, number[]] => [name, []]));
  for (let turn = 0; turn < RUNS; turn++) {
    for (const { name, run } of all) {
      const count = counts.get(name) ?? 1;
      times.get(name)?.push(batch(run, count) / count);
    }
  }
  const middle = (name: string) => times.get(name)?.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0;
  const loop = middle(NOTHING.name);
  return new Map(all.map(({ name }) => [name, middle(name) - loop]));
}

/** Nanoseconds of processor time, which other programs on the machine do not change much. */
function batch(run: () => unknown, count: number): number {
  const start = process.cpuUsage();
  let last: unknown;
  for (let index = 0; index < count; index++) last = run();
  const { user, system } = process.cpuUsage(start);
  if (last === null) throw new Error("nothing was made");
  return (user + system) * 1000;
}

/** How many operations fill a batch, after the engine has optimised them, which it does beside the program. */
function calibrate(run: () => unknown): number {
  let count = 64;
  let time = batch(run, count);
  for (let total = time; total < WARM_NS || time < BATCH_NS; total += time) {
    if (time < BATCH_NS) count *= 2;
    time = batch(run, count);
  }
  return count;
}
