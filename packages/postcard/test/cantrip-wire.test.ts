import * as p from "@cantrip/postcard";
import { describe, expect, it } from "vitest";
import { hex, unhex } from "./rust-schema.ts";

// Messages of CantripOS and their bytes, which are postcard 0.7.

const timerRequest = p.enumOf({
  CompletedTimers: null,
  Oneshot: { timer_id: p.u32, duration_in_ms: p.u32 },
  Periodic: { timer_id: p.u32, duration_in_ms: p.u32 },
  Cancel: p.u32,
  Capscan: null,
});
const objDesc = p.struct({ type_: p.enumIndex(12), count: p.usize, cptr: p.usize });
const objDescBundle = p.struct({ cnode: p.usize, depth: p.u8, objs: p.seq(objDesc) });
const memoryRequest = p.enumOf({
  Alloc: { bundle: objDescBundle, lifetime: p.unitEnum("Short", "Static") },
  Free: objDescBundle,
  Stats: null,
});
const bundle = { cnode: 5, depth: 8, objs: [{ type_: 2, count: 1, cptr: 0 }] };
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
const modelOutput = p.struct({
  jobnum: p.usize,
  return_code: p.u32,
  epc: p.option(p.u32),
  data: p.rawBytes(64),
});

const messages: [string, p.AnySchema, unknown, string][] = [
  ["CompletedTimers", timerRequest, { type: "CompletedTimers" }, "00"],
  [
    "Oneshot",
    timerRequest,
    { type: "Oneshot", timer_id: 0, duration_in_ms: 100 },
    "01 00000000 64000000",
  ],
  ["Cancel", timerRequest, { type: "Cancel", value: 3 }, "03 03000000"],
  ["CompletedTimersResponse", p.struct({ timer_mask: p.u32 }), { timer_mask: 1 }, "01000000"],
  ["Stats", memoryRequest, { type: "Stats" }, "02"],
  [
    "Alloc",
    memoryRequest,
    { type: "Alloc", bundle, lifetime: "Short" },
    "00 0500000000000000 08 01 02 0100000000000000 0000000000000000 00",
  ],
  [
    "Log",
    p.enumOf({ Log: { level: p.u8, msg: p.string } }),
    { type: "Log", level: 3, msg: "a::b" },
    "00 03 04 61 3a 3a 62",
  ],
  ["SDK LogRequest", p.struct({ msg: p.string }), { msg: "hi" }, "02 68 69"],
  [
    "SDK TimerStartRequest",
    p.struct({ id: p.u32, duration_ms: p.u32 }),
    { id: 0, duration_ms: 100 },
    "00000000 64000000",
  ],
  ["SDK ReadKeyRequest", p.struct({ key: p.string }), { key: "foo" }, "03 666f6f"],
  [
    "SDK ReadKeyResponse",
    p.struct({ value: p.bytes }),
    { value: filled(100, 7) },
    `64${"07".repeat(100)}`,
  ],
  [
    "SecurityCoordinator ReadKeyResponse",
    p.struct({ value: p.rawBytes(100) }),
    { value: filled(100, 7) },
    "07".repeat(100),
  ],
  [
    "SDK WriteKeyRequest",
    p.struct({ key: p.string, value: p.bytes }),
    { key: "foo", value: Uint8Array.of(0x31, 0x32, 0x33) },
    "03 666f6f 03 313233",
  ],
  [
    "SDK ModelPeriodicRequest",
    p.struct({ model_id: p.string, duration_ms: p.u32 }),
    { model_id: "m", duration_ms: 1000 },
    "01 6d e8030000",
  ],
  [
    "SDK ModelOutput",
    modelOutput,
    { jobnum: 1, return_code: 2, epc: undefined, data: filled(64, 9) },
    `0100000000000000 02000000 00 ${"09".repeat(64)}`,
  ],
  [
    "SDK ModelOutput with epc",
    modelOutput,
    { jobnum: 1, return_code: 2, epc: 3, data: filled(64, 9) },
    `0100000000000000 02000000 01 03000000 ${"09".repeat(64)}`,
  ],
  [
    "uart Read",
    p.enumOf({ Read: { limit: p.usize } }),
    { type: "Read", limit: 5 },
    "00 0500000000000000",
  ],
];

describe("CantripOS messages", () => {
  it.each(messages)("%s", (_, schema, value, text) => {
    const coder = p.codec(schema, { format: "0.7" });
    expect(hex(coder.encode(value))).toBe(text.replaceAll(" ", ""));
    expect(coder.decode(unhex(text))).toEqual(value);
  });

  it("decodes from a half page whose rest is zero, and says how much it used", () => {
    const coder = p.codec(memoryRequest, { format: "0.7" });
    const page = new Uint8Array(4096);
    const length = coder.encodeInto({ type: "Alloc", bundle, lifetime: "Static" }, page, 2048);
    expect(length).toBe(2048 + 29);
    expect(coder.take(page, 2048)).toEqual({
      value: { type: "Alloc", bundle, lifetime: "Static" },
      end: 2048 + 29,
    });
  });

  it("fits 119 descriptors into one memory request", () => {
    const coder = p.codec(memoryRequest, { format: "0.7" });
    const page = new Uint8Array(2048);
    const request = (count: number) => ({
      type: "Free" as const,
      value: {
        cnode: 1,
        depth: 8,
        objs: Array.from({ length: count }, () => ({ type_: 1, count: 1, cptr: 1 })),
      },
    });
    expect(coder.encodeInto(request(119), page)).toBeLessThanOrEqual(2048);
    expect(() => coder.encodeInto(request(120), page)).toThrow(
      expect.objectContaining({
        code: "SerializeBufferFull",
        path: ["Free", "objs", 119, "cptr"],
      }) as Error,
    );
  });
});
