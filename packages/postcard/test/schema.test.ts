import * as p from "@cantrip/postcard";
import {
  key,
  type NamedType,
  namedType,
  schemaBytes,
  schemaFrom,
  schemaFromBytes,
  schemaOf,
  shortKey,
} from "@cantrip/postcard/schema";
import { describe, expect, it } from "vitest";
import { hex, unhex } from "./rust-schema.ts";
import { lines } from "./rust-vectors.ts";

const vectors = lines("vectors.ndjson");
const types = vectors.filter(
  (line) => line.kind === "type" && line.schema !== null && line.schema_hex,
);

/** The oracle's JSON in our words. */
function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json;
  if (!("n" in json)) {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, fromJson(value)]));
  }
  const { n, d } = json as { n: string; d?: unknown };
  if (d === undefined) return { type: n };
  return n === "Map" ? { type: n, ...(fromJson(d) as object) } : { type: n, value: fromJson(d) };
}

describe("postcard-schema", () => {
  it("describes every recorded type in Rust's bytes", () => {
    const coder = p.codec(namedType, { format: "1" });
    expect(types.length).toBeGreaterThan(75);
    for (const { id, schema, schema_hex: bytes } of types) {
      const type = fromJson(schema) as NamedType;
      expect(hex(coder.encode(type)), id).toBe(bytes);
      expect(coder.decode(unhex(bytes)), id).toEqual(type);
      const restored = schemaFromBytes(unhex(bytes));
      expect(schemaOf(restored), id).toEqual(type);
      expect(hex(schemaBytes(restored)), id).toBe(bytes);
    }
  });

  it("gives Rust's keys", () => {
    for (const { id, schema, key_test_path: expected } of types) {
      expect(hex(key("test/path", schemaFrom(fromJson(schema) as NamedType))), id).toBe(expected);
    }
    const timer = types.find(({ id }) => id === "TimerServiceRequest");
    const keys = vectors.filter((line) => line.kind === "key") as unknown as {
      path: string;
      key: string;
      u32key: string;
    }[];
    expect(keys).toHaveLength(4);
    for (const { path, key: expected, u32key } of keys) {
      expect(hex(key(path, schemaFrom(fromJson(timer?.schema) as NamedType)))).toBe(expected);
      expect(hex(key(path, p.u32))).toBe(u32key);
    }
  });

  it("gives schemas that decode Rust's bytes", () => {
    let checked = 0;
    for (const { id, schema_hex: bytes } of types) {
      const schema = schemaFromBytes(unhex(bytes));
      for (const line of vectors) {
        if (line.kind !== "vec" || line.type !== id) continue;
        const coder = p.codec(schema, { format: "1" });
        const result = coder.safeDecode(unhex(line.hex));
        if (!result.ok) expect(result.error.code).toBe("SerdeDeCustom");
        else if (!JSON.stringify(line.value).includes('"$f')) {
          expect(hex(coder.encode(result.value)), id).toBe(line.hex);
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(1300);
  });

  it("knows the names that Rust's own types have", () => {
    const names = (schema: p.AnySchema): string => schemaOf(schema).name;
    expect(names(p.result(p.u8, p.u8))).toBe("Result<T, E>");
    expect(names(p.tuple([p.u8, p.u8, p.u8]))).toBe("(A, B, C,)");
    expect(names(p.named("Point", p.struct({ x: p.i32 })))).toBe("Point");
    expect(names(p.nonZero(p.u32))).toBe("NonZeroU32");
    expect(schemaOf(p.struct({ a: p.array(p.u8, 2) }))).toEqual(
      schemaOf(p.struct({ a: p.rawBytes(2) })),
    );
    expect(schemaOf(schemaFrom(schemaOf(p.enumOf({ A: [p.u8, p.bool], B: null }))))).toEqual(
      schemaOf(p.enumOf({ A: [p.u8, p.bool], B: null })),
    );
    expect(schemaFrom({ name: "NamedType", ty: { type: "Schema" } }).node.type).toBe("lazy");
  });

  it("refuses what postcard-schema has no words for", () => {
    const loop: p.AnySchema = p.lazy(() => loop);
    for (const schema of [loop, p.duration, p.enumIndex(3)]) {
      expect(() => schemaOf(schema)).toThrow(TypeError);
    }
    expect(() => schemaFromBytes(Uint8Array.of(0, 99))).toThrow(p.PostcardError);
  });

  it("folds keys", () => {
    const whole = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect([...shortKey(whole, 4)]).toEqual([3, 7, 3, 15]);
    expect([...shortKey(whole, 2)]).toEqual([4, 12]);
    expect([...shortKey(whole, 1)]).toEqual([8]);
  });
});
