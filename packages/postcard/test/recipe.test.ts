import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codec, type Codec, type WireFormat } from "@cantrip/postcard";
import { emit, emitTypes } from "@cantrip/postcard/aot";
import { schemaFromBytes } from "@cantrip/postcard/schema";
import { Framer } from "@cantrip/postcard/stream";
import { describe, expect, it } from "vitest";
import { unhex } from "./rust-schema.ts";
import { lines } from "./rust-vectors.ts";

// The TypeScript half of docs/rust-firmware.md, with bytes and schemas that Rust recorded.
const vectors = lines("vectors.ndjson");
const timer = vectors.find(({ kind, id }) => kind === "type" && id === "TimerServiceRequest");
const schema = schemaFromBytes(unhex(timer?.schema_hex ?? ""));

describe("Rust firmware sends, TypeScript decodes", () => {
  it("decodes what Rust encoded, with the schema that Rust sent", () => {
    const recorded = vectors.filter(({ kind, type }) => kind === "vec" && type === timer?.id);
    expect(recorded).toHaveLength(1);
    for (const { value, hex, hex07 } of recorded) {
      const { n, d } = value as { n: string; d?: object | number };
      const expected =
        d === undefined
          ? { type: n }
          : typeof d === "object"
            ? { type: n, ...d }
            : { type: n, value: d };
      const wires: readonly (readonly [WireFormat, string])[] = [
        ["1", hex],
        ["0.7", hex07],
      ];
      for (const [format, bytes] of wires) {
        expect(codec(schema, { format }).decode(unhex(bytes))).toEqual(expected);
      }
    }
  });

  it("reads the frames that Rust sends", () => {
    const frames = vectors.filter(({ kind, type }) => kind === "cobs_msg" && type === timer?.id);
    const framer = new Framer(codec(schema, { format: "1" }), { framing: "cobs" });
    const found = [...framer.push(unhex(frames.map(({ hex }) => hex).join("")))];
    expect(found).toEqual([
      { type: "CompletedTimers" },
      { type: "Oneshot", timer_id: 0, duration_in_ms: 256 },
      { type: "Cancel", value: 0 },
    ]);
  });

  it("writes the types, and a module without evaluation", () => {
    const types = emitTypes({ TimerServiceRequest: schema });
    expect(types).toContain('{ readonly "type": "Cancel"; readonly value: number }');
    expect(types).toContain(
      '{ readonly "type": "Oneshot"; readonly "timer_id": number; readonly "duration_in_ms": number; }',
    );
    const module = emit({ TimerServiceRequest: schema }, { format: "1" });
    expect(module).toContain("export const TimerServiceRequest = emittedCodec(");
    expect(module).not.toMatch(/\bnew Function\b|\beval\b/);
  });

  it("decodes with the module that was written", async () => {
    // Inside the package, whose name the module imports.
    const folder = fileURLToPath(new URL("../coverage/emitted/", import.meta.url));
    mkdirSync(folder, { recursive: true });
    try {
      const file = `${folder}timer.mjs`;
      writeFileSync(file, emit({ TimerServiceRequest: schema }, { format: "1" }));
      const module = (await import(/* @vite-ignore */ file)) as {
        readonly TimerServiceRequest: Codec<unknown>;
      };
      const [recorded] = vectors.filter(({ kind, type }) => kind === "vec" && type === timer?.id);
      const value = codec(schema, { format: "1" }).decode(unhex(recorded?.hex ?? ""));
      expect(module.TimerServiceRequest.decode(unhex(recorded?.hex ?? ""))).toEqual(value);
      expect(module.TimerServiceRequest.encode(value)).toEqual(unhex(recorded?.hex ?? ""));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("refuses names that are no identifiers, and quotes the others", () => {
    expect(() => emit({ "a b": schema }, { format: "1" })).toThrow(TypeError);
    expect(() => emitTypes({ "1;": schema })).toThrow(TypeError);
  });
});
