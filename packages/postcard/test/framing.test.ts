import {
  bytes,
  cobs,
  codec,
  crc,
  PostcardError,
  string,
  tuple,
  u16,
  u32,
  u8,
} from "@cantrip/postcard";
import { CobsAccumulator } from "@cantrip/postcard/cobs";
import { type Algorithm, checksum } from "@cantrip/postcard/crc";
import { decoderStream, encoderStream, Framer, messages } from "@cantrip/postcard/stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exact, hex, translateType, unhex } from "./rust-schema.ts";
import { type Line, lines } from "./rust-vectors.ts";

const vectors = lines("vectors.ndjson");
const linesOf = (kind: string) =>
  vectors.filter((line) => line.kind === kind) as unknown as Record<string, never>[];

function codeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof PostcardError ? error.code : error;
  }
}

describe("COBS", () => {
  it("writes frames as Rust's flavour does, and decodes both forms", () => {
    const cases = linesOf("cobs") as unknown as {
      raw: string;
      cobs_crate: string;
      postcard_flavor: string;
    }[];
    expect(cases).toHaveLength(21);
    for (const { raw, cobs_crate: other, postcard_flavor: flavour } of cases) {
      const frame = cobs.encode(unhex(raw));
      expect(hex(frame)).toBe(flavour);
      expect(frame.length).toBeLessThanOrEqual(cobs.maxFrameLength(raw.length / 2));
      expect(hex(cobs.decode(unhex(flavour)))).toBe(raw);
      if (other !== "") expect(hex(cobs.decode(unhex(other)))).toBe(raw);
    }
  });

  it("gives Rust's verdicts", () => {
    interface Case {
      in: string;
      decode_in_place: { ok?: string; err?: string };
      take_from_bytes_cobs_u8: { ok?: number; rest?: string; err?: string };
    }
    const cases = linesOf("cobs_de") as unknown as Case[];
    expect(cases).toHaveLength(20);
    for (const { in: input, decode_in_place: plain, take_from_bytes_cobs_u8: taken } of cases) {
      expect(
        codeOf(() => hex(cobs.decode(unhex(input)))),
        input,
      ).toBe(plain.ok ?? "DeserializeBadEncoding");
      const bytes = unhex(input);
      const found = codeOf(() => {
        const { value, end } = cobs.takeMessage(codec(u8, { format: "1" }), bytes);
        return { ok: value, rest: hex(bytes.subarray(end)) };
      });
      expect(found, input).toEqual(taken.err ?? taken);
    }
  });

  it("frames messages as Rust does", () => {
    const timer = vectors.find(({ id }) => id === "TimerServiceRequest");
    const { schema, value } = translateType("TimerServiceRequest", timer?.schema, exact);
    const coder = codec(schema, { format: "1" });
    const cases = linesOf("cobs_msg") as unknown as Line[];
    expect(cases).toHaveLength(3);
    for (const each of cases) {
      expect(hex(cobs.encodeMessage(coder, value(each.value)))).toBe(each.hex);
    }
  });

  it("keeps any bytes, and refuses a frame that does not fit", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ min: 1, max: 2, minLength: 250, maxLength: 520 }),
    );
    fc.assert(
      fc.property(anyBytes, (data) => {
        const frame = cobs.encode(data);
        expect(frame.indexOf(0)).toBe(frame.length - 1);
        expect(cobs.decode(frame)).toEqual(data);
        expect(() => cobs.encodeInto(data, new Uint8Array(frame.length - 1))).toThrow(
          PostcardError,
        );
        expect(cobs.encodeInto(data, new Uint8Array(frame.length + 2), 2)).toBe(frame.length + 2);
      }),
    );
  });

  it("collects frames as Rust's accumulator does", () => {
    const coder = codec(tuple([u8, u16]), { format: "1" });
    const accumulator = new CobsAccumulator(coder, 6);
    const frame = cobs.encodeMessage(coder, [1, 300]);
    expect(accumulator.feed(new Uint8Array(0))).toEqual({ type: "Consumed" });
    expect(accumulator.feed(frame.subarray(0, 2))).toEqual({ type: "Consumed" });
    const result = accumulator.feed(Uint8Array.of(...frame.subarray(2), 7));
    expect(result).toEqual({ type: "Success", value: [1, 300], rest: Uint8Array.of(7) });
    expect(accumulator.feed(Uint8Array.of(3, 1, 0))).toMatchObject({
      type: "DeserError",
      error: { code: "DeserializeBadEncoding" },
    });
    expect(accumulator.feed(Uint8Array.of(0x02, 0x11, 0))).toMatchObject({
      type: "DeserError",
      error: { code: "DeserializeUnexpectedEnd" },
    });
    // Too long, with the end in sight: what follows is a frame.
    expect(accumulator.feed(Uint8Array.of(9, 9, 9, 9, 9, 9, 0, ...frame))).toMatchObject({
      type: "OverFull",
      rest: frame,
    });
  });

  it("passes the rest of a frame that is too long, if asked to", () => {
    const coder = codec(tuple([u8, u16]), { format: "1" });
    const frame = cobs.encodeMessage(coder, [1, 300]);
    const long = Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9);
    const rust = new CobsAccumulator(coder, 6);
    expect(rust.feed(long)).toEqual({ type: "OverFull", rest: Uint8Array.of(9, 9) });
    expect(rust.feed(Uint8Array.of(9, 9))).toEqual({ type: "Consumed" });
    // Its end is taken for a frame.
    expect(rust.feed(Uint8Array.of(0, ...frame))).toMatchObject({ type: "DeserError" });
    const ours = new CobsAccumulator(coder, 6, { discard: true });
    expect(ours.feed(long)).toMatchObject({ type: "OverFull", rest: { length: 0 } });
    expect(ours.feed(long)).toEqual({ type: "Consumed" });
    expect(ours.feed(Uint8Array.of(9, 0, ...frame))).toMatchObject({
      type: "Success",
      value: [1, 300],
    });
  });
});

interface RecordedCrc {
  alg: string;
  width: number;
  poly: string;
  init: string;
  refin: boolean;
  refout: boolean;
  xorout: string;
  check: string;
  msg_plain: string;
  msg_crc: string;
}

describe("CRC", () => {
  const cases = linesOf("crc") as unknown as RecordedCrc[];

  it("gives the catalogue's check values and Rust's messages", () => {
    expect(cases).toHaveLength(13);
    const known: readonly Algorithm[] = Object.values(crc).filter(
      (each): each is Algorithm => typeof each === "object",
    );
    for (const each of cases) {
      const big = (text: string) => BigInt(`0x${text}`);
      const { width, refin, refout } = each;
      const algorithm = {
        width,
        poly: big(each.poly),
        init: big(each.init),
        refin,
        refout,
        xorout: big(each.xorout),
      };
      expect(known).toContainEqual(algorithm);
      const sum = checksum(algorithm);
      expect(sum.of(new TextEncoder().encode("123456789")), each.alg).toBe(big(each.check));
      const coder = codec(tuple([string, u16, bytes]), {
        format: "1",
      });
      const { value, end } = crc.take(coder, unhex(each.msg_crc), sum);
      expect(end, each.alg).toBe(each.msg_crc.length / 2);
      expect(hex(coder.encode(value))).toBe(each.msg_plain);
      expect(hex(crc.encode(coder, value, sum))).toBe(each.msg_crc);
    }
  });

  it("gives Rust's verdicts", () => {
    const sum = checksum(crc.crc32Iscsi);
    const coder = codec(u32, { format: "1" });
    const verdicts = linesOf("crc_de") as unknown as {
      in: string;
      r: { ok?: number; rest?: number; err?: string };
    }[];
    expect(verdicts).toHaveLength(4);
    for (const { in: input, r } of verdicts) {
      const found = codeOf(() => {
        const { value, end } = crc.take(coder, unhex(input), sum);
        return { ok: value, rest: input.length / 2 - end };
      });
      expect(found, input).toEqual(r.err ?? r);
    }
  });

  it("knows algorithms that reflect one side only, and refuses others", () => {
    // CRC-12/UMTS
    const umts = { width: 12, poly: 0x80fn, init: 0n, refin: false, refout: true, xorout: 0n };
    expect(checksum(umts).of(new TextEncoder().encode("123456789"))).toBe(0xdafn);
    expect(checksum(umts).size).toBe(2);
    expect(() => checksum({ ...umts, width: 129 })).toThrow(TypeError);
  });
});

describe("streams", () => {
  const coder = codec(tuple([u8, string]), { format: "0.7" });
  const values = [
    [1, "a"],
    [2, "a longer text"],
    [3, ""],
  ] as const;
  const plain = values.flatMap((value) => [...coder.encode(value)]);
  const framed = values.flatMap((value) => [...cobs.encodeMessage(coder, value)]);

  it.each([
    ["none", plain],
    ["cobs", framed],
  ] as const)("cut bytes into messages, framing %s", (framing, all) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: all.length })), (cuts) => {
        const framer = new Framer(coder, { framing });
        const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const found = places
          .slice(1)
          .flatMap((end, index) => [
            ...framer.push(Uint8Array.from(all.slice(places[index], end))),
          ]);
        expect(found).toEqual(values);
        framer.finish();
      }),
    );
  });

  it("are asynchronous iterables", async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes
    async function* source(bytes: readonly number[]) {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    const found: unknown[] = [];
    for await (const value of messages(coder, source(plain))) found.push(value);
    expect(found).toEqual(values);
    const cut = async () => {
      for await (const value of messages(coder, source(plain.slice(0, -1)))) found.push(value);
    };
    await expect(cut()).rejects.toMatchObject({ code: "DeserializeUnexpectedEnd" });
  });

  it.each(["none", "cobs"] as const)("are transform streams, framing %s", async (framing) => {
    const encoder = encoderStream(coder, { framing }) as unknown as TransformStream;
    const decoder = decoderStream(coder, { framing }) as unknown as TransformStream;
    const found: unknown[] = [];
    const collected = encoder.readable
      .pipeThrough(decoder)
      .pipeTo(new WritableStream({ write: (value: unknown) => void found.push(value) }));
    const writer = encoder.writable.getWriter();
    for (const value of values) await writer.write(value);
    await writer.close();
    await collected;
    expect(found).toEqual(values);
  });

  it("limit what they keep, and go on behind a bad frame", () => {
    const errors: string[] = [];
    const framer = new Framer(coder, {
      framing: "cobs",
      maxBytes: 40,
      onError: ({ code }) => errors.push(code),
    });
    const long = new Uint8Array(60).fill(7);
    const found = [long, long, Uint8Array.of(7, 0, 5, 0, ...framed)].flatMap((chunk) => [
      ...framer.push(chunk),
    ]);
    expect(found).toEqual(values);
    expect(errors).toEqual(["SerdeDeCustom", "DeserializeBadEncoding"]);
    const unframed = new Framer(coder, { maxBytes: 10 });
    expect(() => [...unframed.push(Uint8Array.of(1, 100, ...long.subarray(0, 20)))]).toThrow(
      PostcardError,
    );
    const strict = new Framer(coder, { framing: "cobs" });
    expect(() => [...strict.push(Uint8Array.of(5, 0))]).toThrow(PostcardError);
    expect(() => [...new Framer(codec(tuple([]), { format: "1" })).push(Uint8Array.of(1))]).toThrow(
      PostcardError,
    );
  });
});
